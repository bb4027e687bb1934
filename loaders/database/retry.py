"""Try again what failed for a reason that passes; the only place that does."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from psycopg import errors

from loaders.errors import WarehouseError

Result = TypeVar("Result")

# Two transactions in each other's way, a server that shuts down or recovers, a connection cut: not the input's fault.
PASSING = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.ConnectionException,
)


def passes(error: psycopg.Error) -> bool:
    """Whether the same call may succeed a moment later. A connection lost without a code counts."""
    return isinstance(error, PASSING) or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None)


def retrying(action: Callable[[], Result], attempts: int = 4, first_wait: float = 0.5) -> Result:
    """Run a whole action (transaction included) again while it fails for a passing reason; waits double in between.

    An error of ours counts as what it was raised from.
    """
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except (psycopg.Error, WarehouseError) as error:
            cause = error.__cause__ if isinstance(error, WarehouseError) else error
            if attempt == attempts or not isinstance(cause, psycopg.Error) or not passes(cause):
                raise
            time.sleep(first_wait * 2 ** (attempt - 1))
    raise AssertionError("unreachable")
