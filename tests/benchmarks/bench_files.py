"""How many small files a command loads in a second, and how much memory a large described file takes.

Run by `make bench`: python -m tests.benchmarks.bench_files [--files 2000] [--rows 2000000]. It starts a server of its
own in a temporary folder. Exit 1: a target is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from loaders.settings import PROJECT_ROOT
from tests.benchmarks.bench_loading import Measured
from tests.benchmarks.ground import new_database, own_server

FIRST = datetime(2020, 1, 1)
HOURS_OF_A_FILE = 24
DESCRIPTION = """
name: bench
summary: Hourly load by zone.
source: bench
grid: Bench
node_column: Zone
resolution: PT1H
time: {start: Time, format: "%d.%m.%Y %H:%M", time_zone: UTC}
values: [{column: Load, metric: load, unit: MW}]
dialect: {delimiter: ";", decimalChar: ",", groupChar: "."}
"""


def main() -> int:
    """Run the benchmark; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="how many small files")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the large file")
    chosen = parser.parse_args()
    with own_server(), tempfile.TemporaryDirectory(prefix="bench-files-") as name:
        new_database("bench_files")
        measured = [_many(Path(name) / "many", chosen.files), _large(Path(name), chosen.rows)]
    print("\n".join(map(str, measured)))
    return int(any(line.missed for line in measured))


def _many(folder: Path, count: int) -> Measured:
    folder.mkdir()
    header = "grid,region,node,metric,interval_start,collected_at,value\n"
    for place in range(count):
        day = FIRST + timedelta(days=place // 20)
        hours = (day + timedelta(hours=hour) for hour in range(HOURS_OF_A_FILE))
        rows = (
            f"Bench,R,N{place % 20},load,{hour:%Y-%m-%dT%H:%MZ},{day:%Y-%m-%dT09:00Z},{hour.hour + place % 7}\n"
            for hour in hours
        )
        (folder / f"{place:05}.csv").write_text(header + "".join(rows))
    seconds, _ = _command(str(folder), "--create-missing", "--jobs", "2")
    return Measured(f"{count} files of {HOURS_OF_A_FILE} rows, two at a time", count / seconds, at_least=40, unit="/s")


def _large(folder: Path, rows: int) -> Measured:
    description, path, zones = folder / "bench.yml", folder / "large.csv", 50
    description.write_text(DESCRIPTION)
    with path.open("w") as stream:
        stream.write("Time;Zone;Load\n")
        for hour in range(rows // zones):
            start = f"{FIRST + timedelta(hours=hour):%d.%m.%Y %H:%M}"
            stream.writelines(f"{start};Zone {zone};{1 + hour % 9}.{100 + zone},{hour % 10}\n" for zone in range(zones))
    _, peak = _command(
        str(path), "--format", str(description), "--create-missing", "--collected-at", "2026-01-01T00:00Z"
    )
    return Measured(f"peak memory of a described file of {rows:,} rows", peak / 1e6, at_most=300, unit="MB")


def _command(*arguments: str) -> tuple[float, int]:
    """Run `ingest`; return its seconds, and the peak of its resident memory in bytes."""
    command = [sys.executable, "-m", "loaders", "ingest", *arguments, "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - started, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
