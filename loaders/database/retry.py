"""Retry what failed for a transient reason. Nothing else in the loaders retries."""

from collections.abc import Callable
from typing import TypeVar

import psycopg
from psycopg import errors
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from loaders.errors import WarehouseError

Result = TypeVar("Result")

# A conflict of two transactions, a server that shuts down or recovers, a lost connection: not the input's fault.
TRANSIENT = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.ConnectionException,
)


def is_transient(error: BaseException) -> bool:
    """Return whether the same call may succeed later. A WarehouseError counts as the error that it was raised from."""
    cause = error.__cause__ if isinstance(error, WarehouseError) else error
    # A connection that was lost has no code.
    return isinstance(cause, TRANSIENT) or (isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None)


def retry_transient(action: Callable[[], Result], attempts: int = 4, first_wait: float = 0.5) -> Result:
    """Run an action, its transaction included, again while it fails for a transient reason.

    The waits grow and are random, so that loaders that met in a deadlock do not meet again.
    """
    retrying = Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=2 * first_wait, min=first_wait, max=16 * first_wait),
        reraise=True,
    )
    return retrying(action)
