"""A lock that a session holds which is about to end is waited for; one that a session keeps is not."""

import threading
import time

import pytest

from loaders.database import advisory_locks
from loaders.database.advisory_locks import BUILD_LOCK, take_lock
from tests.support.warehouses import Warehouse

WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"


@pytest.mark.sql
def test_a_lock_of_a_session_that_ends_is_waited_for(
    shared_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_locks, "SESSION_END_SECONDS", 60)
    with shared_warehouse.connect(None) as before, shared_warehouse.connect(None) as now:
        assert take_lock(before, BUILD_LOCK)

        def end_once_waited_for() -> None:
            while shared_warehouse.query(WAITING) == [(0,)]:
                time.sleep(0.05)
            before.close()

        ending = threading.Thread(target=end_once_waited_for, daemon=True)
        ending.start()
        assert take_lock(now, BUILD_LOCK)
        ending.join()
        monkeypatch.setattr(advisory_locks, "SESSION_END_SECONDS", 1)
        with shared_warehouse.connect(None) as other:
            assert not take_lock(other, BUILD_LOCK)
            assert other.execute("show lock_timeout").fetchone() == now.execute("show lock_timeout").fetchone()
