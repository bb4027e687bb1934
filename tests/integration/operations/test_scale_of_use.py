"""16 readers, 4 loaders and a build loop at once: no error, every answer from one build, and how long answers take.

It lasts a few seconds; `make scale` lets it last five minutes. The percentiles are in the log of the tests.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from loaders.settings import PROJECT_ROOT
from tests.support import scale_of_use
from tests.support.warehouses import Warehouse

SECONDS = float(os.environ.get("WAREHOUSE_TEST_SCALE_SECONDS", "8"))
READERS, LOADERS = 16, scale_of_use.GRIDS
ENDING_SECONDS = 120  # for what is in progress at the end, on a busy machine
# The newest row of each interval, straight from what is stored.
RECOMPUTED = """
select distinct on (series_id, interval_start) series_id, interval_start, collected_at, value from raw.measures
order by series_id, interval_start, collected_at desc, load_id desc
"""
DIFFERENCE = f"""
with expected as ({RECOMPUTED}),
published as (select series_id, interval_start, collected_at, value from marts.fct_measures_latest)
select count(*) from ((table expected except table published) union all (table published except table expected)) as rows
"""


def test_readers_loaders_and_builds_at_once(shared_warehouse: Warehouse, tmp_path: Path, record_property: Any) -> None:
    for grid in range(LOADERS):
        scale_of_use.deliver(grid, 1)
    shared_warehouse.apply_loads()
    started = time.monotonic()
    processes = [start(tmp_path, "readers", READERS), start(tmp_path, "loaders", LOADERS)]
    builds = 0
    while any(process.poll() is None for process in processes):
        assert time.monotonic() - started < SECONDS + ENDING_SECONDS
        shared_warehouse.apply_loads()
        builds += 1
    assert [process.returncode for process in processes] == [0, 0]
    lines = [json.loads(line) for name in ("readers", "loaders") for line in (tmp_path / name).read_text().splitlines()]
    for line in percentiles(lines):
        record_property("log", line)
    record_property("log", f"{builds} builds in {time.monotonic() - started:.0f} s")
    assert [line["fault"] for line in lines if line["fault"]] == []
    assert {line["name"] for line in lines} >= {"connect", "load"}
    shared_warehouse.apply_loads()
    assert shared_warehouse.query(DIFFERENCE) == [(0,)]


def start(folder: Path, what: str, count: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.scale_of_use", what, str(count), str(SECONDS)]
    with (folder / what).open("w") as output:
        return subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=output)


def percentiles(lines: list[dict[str, Any]]) -> list[str]:
    """The latencies of each kind of question, and of all that are not a connection."""
    kinds: dict[str, list[float]] = {}
    for line in lines:
        kinds.setdefault(line["name"], []).append(1000 * line["seconds"])
        if line["name"] not in ("connect", "load"):
            kinds.setdefault("all questions", []).append(1000 * line["seconds"])
    shown = []
    for name, times in sorted(kinds.items()):
        p50, p90, p99 = (statistics.quantiles([*times, times[0]], n=100)[at] for at in (49, 89, 98))
        shown.append(
            f"{name}: {len(times):,}, p50 {p50:.0f} ms, p90 {p90:.0f} ms, p99 {p99:.0f} ms, {max(times):.0f} ms at most"
        )
    return shown
