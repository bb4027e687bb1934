"""Loaders that are killed or interrupted: nothing is half stored, and running again completes it.

The times are random with a fixed seed, counted from the loader's first connection to the database, within the time
that an undisturbed load takes. Loaders are killed until enough of the kills hit a load in progress.
"""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loaders.ingest import pipeline
from loaders.ingest.pipeline import ingest_files
from tests.support.faults import OPTIONS, ROWS, Disturbed, RandomMoments, disturb, undisturbed_seconds, write

pytestmark = pytest.mark.embedded

LOADER_KILLS, MOST_LOADERS, INTERRUPTS = 20, 60, 2


def test_a_loader_killed_at_any_moment_leaves_nothing_half_stored(disturbed: Disturbed, tmp_path: Path) -> None:
    moments, stored = RandomMoments(20240401, undisturbed_seconds(disturbed, tmp_path, 2)), set()
    for number in range(MOST_LOADERS):
        paths = [write(tmp_path, 2 * number), write(tmp_path, 2 * number + 1)]
        code, _ = disturb(disturbed, paths, moments, lambda loader, _: loader.kill())
        assert code in (0, -signal.SIGKILL)
        disturbed.assert_sound()
        held = disturbed.warehouse.query(
            "select rows_inserted, status from raw.loads where uri = any(%s)", list(map(str, paths))
        )
        assert {rows for rows, _ in held} <= {ROWS}
        stored.add(len(held))
        disturbed.complete(paths)
        if moments.hits >= LOADER_KILLS and stored >= {0, 1}:
            break
    disturbed.assert_as_undisturbed()
    assert moments.hits >= LOADER_KILLS
    assert stored >= {0, 1}


@contextmanager
def grids_held(disturbed: Disturbed, *numbers: int, at_most: str = "0") -> Iterator[None]:
    """Another session is about to create these grids, so a loader that needs one waits for it."""
    with disturbed.warehouse.connect(None) as other:
        other.execute("set application_name = 'not-a-loader'")
        other.execute(f"set idle_in_transaction_session_timeout = '{at_most}'")
        other.autocommit = False
        for number in numbers:
            other.execute("insert into raw.grids (grid_name, time_zone) values (%s, 'UTC')", [f"g{number}"])
        yield
        other.rollback()


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_interrupt_gives_up_the_file_under_way_and_those_that_follow(
    disturbed: Disturbed, tmp_path: Path, jobs: int
) -> None:
    moments = RandomMoments(20240404, longest=0.3)
    for number in range(INTERRUPTS):
        paths = [write(tmp_path, 20 * number + n) for n in range(8)]
        # Neither the first file nor the last can be stored before the interrupt, however fast or slow the machine is.
        with grids_held(disturbed, 20 * number, 20 * number + 7):
            code, stated = disturb(disturbed, paths, moments, lambda loader, _: loader.send_signal(signal.SIGINT), jobs)
        assert code == 130
        assert "Interrupted. Each file is stored completely or not at all" in stated
        disturbed.assert_sound()
        stored = "select uri from raw.loads where uri = any(%s)"
        found = {uri for (uri,) in disturbed.warehouse.query(stored, list(map(str, paths)))}
        assert not found & {str(paths[0]), str(paths[-1])}
        assert jobs > 1 or not found
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert moments.hits == INTERRUPTS


def test_an_interrupt_while_threads_are_started_ends_those_that_wait_for_a_lock(
    disturbed: Disturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"

    class InterruptedPool(ThreadPoolExecutor):
        def submit(self, *work: Any, **arguments: Any) -> Future[Any]:
            if not self._threads:
                return super().submit(*work, **arguments)
            deadline = time.monotonic() + 20
            while disturbed.warehouse.query(waiting) == [(0,)]:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "ThreadPoolExecutor", InterruptedPool)
    # Where the thread is not ended, the server ends what it waits for, and the file is stored.
    with grids_held(disturbed, 0, at_most="40s"), pytest.raises(KeyboardInterrupt):
        ingest_files([write(tmp_path, number) for number in range(2)], OPTIONS, jobs=2)
    assert disturbed.warehouse.query("select count(*) from raw.loads") == [(0,)]
