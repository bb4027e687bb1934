"""Loaders that are killed or interrupted: nothing is half stored, and running again completes it.

The times are random with a fixed seed, counted from the loader's first connection to the database, within the time
that an undisturbed load takes. Loaders are killed until enough of the kills hit a load in progress.
"""

import random
import signal
from pathlib import Path

import pytest

from tests.support.faults import ROWS, Disturbed, disturb, undisturbed_seconds, write

pytestmark = pytest.mark.embedded

LOADER_KILLS, MOST_LOADERS, INTERRUPTS = 20, 60, 2


def test_a_loader_killed_at_any_moment_leaves_nothing_half_stored(disturbed: Disturbed, tmp_path: Path) -> None:
    seconds, moments = undisturbed_seconds(disturbed, tmp_path, 2), random.Random(20240401)
    for number in range(MOST_LOADERS):
        paths = [write(tmp_path, 2 * number), write(tmp_path, 2 * number + 1)]
        code, _ = disturb(disturbed, paths, moments.uniform(0, seconds), lambda loader, _: loader.kill())
        assert code in (0, -signal.SIGKILL)
        disturbed.assert_sound()
        held = disturbed.warehouse.query(
            "select rows_inserted, status from raw.loads where uri = any(%s)", list(map(str, paths))
        )
        assert {rows for rows, _ in held} <= {ROWS}
        disturbed.hits[f"{len(held)} stored"] += 1
        # The speed of the machine changes while this runs; the kills follow it.
        seconds *= 0.85 if code == 0 else 1.0 if held else 1.1
        disturbed.complete(paths)
        if disturbed.hits["within"] >= LOADER_KILLS and disturbed.hits["0 stored"] and disturbed.hits["1 stored"]:
            break
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["within"] >= LOADER_KILLS, disturbed.hits
    assert all(disturbed.hits[f"{count} stored"] for count in (0, 1)), disturbed.hits


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_interrupt_gives_up_the_file_under_way_and_those_that_follow(
    disturbed: Disturbed, tmp_path: Path, jobs: int
) -> None:
    moments = random.Random(20240404)
    for number in range(INTERRUPTS):
        paths = [
            write(tmp_path, 20 * number, rows=20 * ROWS),
            *(write(tmp_path, 20 * number + 1 + n) for n in range(7)),
        ]
        wait = moments.uniform(0.05, 0.3)
        code, stated = disturb(disturbed, paths, wait, lambda loader, _: loader.send_signal(signal.SIGINT), jobs)
        assert code == 130
        assert "Interrupted. Each file is stored completely or not at all" in stated
        disturbed.assert_sound()
        stored = "select uri from raw.loads where uri = any(%s)"
        found = {uri for (uri,) in disturbed.warehouse.query(stored, list(map(str, paths)))}
        assert str(paths[0]) not in found
        assert len(found) < len(paths) - 1
        disturbed.complete(paths)
    disturbed.assert_as_undisturbed()
    assert disturbed.hits["within"] == INTERRUPTS, disturbed.hits
