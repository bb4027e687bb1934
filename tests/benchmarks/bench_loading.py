"""How fast a load is, as ratios to psql's COPY of the same rows into the same table on the same server.

Run by `make bench`: python tests/benchmarks/bench_loading.py [--rounds 3] [--quick]. It starts a server of its own in a
temporary folder, with the settings of the embedded one (fsync included), and prints one table. Exit 1: one is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from loaders import embedded_server
from loaders.database.connection import client_environment, connect
from loaders.database.migrations import migrate
from loaders.embedded_server.binaries import find_binaries
from loaders.settings import PROJECT_ROOT, settings

MILLION = 1_000_000
NODES, REVISIONS, HOURS = 50, 4, 5_000  # one million rows over seven months
FIRST_HOUR = datetime(2020, 1, 1)
HEADER = "grid,region,node,metric,interval_start,collected_at,value\n"


@dataclass(frozen=True)
class Measured:
    """One line of the table: a number, what it should be at least or at most (None: only reported), and its unit."""

    what: str
    number: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "x"

    @property
    def missed(self) -> bool:
        """Whether the target is missed."""
        too_small = self.at_least is not None and self.number < self.at_least
        return too_small or (self.at_most is not None and self.number > self.at_most)

    def __str__(self) -> str:
        target = "" if self.at_least is None else f">= {self.at_least:g}"
        target = target if self.at_most is None else f"<= {self.at_most:g}"
        return f"{self.what:<58} {self.number:>10,.2f} {self.unit:<6} {target:<9} {'MISSED' if self.missed else ''}"


def main() -> int:
    """Run the benchmark; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each short thing is measured")
    parser.add_argument("--quick", action="store_true", help="without the ten million rows")
    chosen = parser.parse_args()
    with _server() as folder:
        measured = _ratios(folder, chosen.rounds)
        if not chosen.quick:
            measured += _ten_millions(folder)
    print("\n".join(map(str, measured)))
    return int(any(line.missed for line in measured))


@contextmanager
def _server() -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_")) and name != "WAREHOUSE_PG_BIN"]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ["WAREHOUSE_HOME"] = str(folder / "home")
        settings.cache_clear()
        embedded_server.start()
        try:
            yield folder
        finally:
            embedded_server.discard()


@contextmanager
def _database() -> Iterator[None]:
    """A fresh, empty warehouse, to which the environment leads this process and its children."""
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with connect(None, autocommit=True, dbname="postgres") as admin:
        admin.execute(f'create database "{name}"')
    found = {key: value for key, value in client_environment(None).items() if key.startswith("PG")}
    os.environ.update({**found, "PGDATABASE": name})
    settings.cache_clear()
    migrate()
    try:
        yield
    finally:
        for key in found:
            del os.environ[key]
        settings.cache_clear()
        with connect(None, autocommit=True, dbname="postgres") as admin:
            admin.execute(f'drop database "{name}" with (force)')
            admin.execute("checkpoint")


def _write(path: Path, millions: int, first_hour: datetime = FIRST_HOUR, grid: str = "bench") -> Path:
    """A long CSV of that many million rows in the order of publication; further millions are of further nodes."""
    times = [(first_hour + timedelta(hours=hour)).isoformat() + "Z" for hour in range(HOURS)]
    published = [
        (first_hour - timedelta(days=2) + timedelta(hours=6 * turn)).isoformat() + "Z" for turn in range(REVISIONS)
    ]
    with path.open("w") as stream:
        stream.write(HEADER)
        for million in range(millions):
            for turn, collected in enumerate(published):
                for node in range(NODES):
                    start = f"{grid},region {node % 5},node {million * NODES + node},load,"
                    base = 1000 + node + turn / 4
                    stream.writelines(
                        f"{start}{times[hour]},{collected},{base + hour % 24 * 12.5 + hour % 7:.3f}\n"
                        for hour in range(HOURS)
                    )
    return path


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _ingest(path: Path) -> None:
    """The whole path in this process: hash, read, validate, tell duplicates, store, gate, accept."""
    from loaders.ingest.pipeline import IngestOptions, ingest_files

    (outcome,) = ingest_files([path], IngestOptions(format="long", create_missing=True))
    if outcome.failed or outcome.result.status != "accepted":
        raise SystemExit(f"the load failed: {outcome}")


def _command(path: Path) -> int:
    """The same as a command; returns the peak of its resident memory in bytes."""
    command = [sys.executable, "-m", "loaders", "ingest", str(path), "--create-missing", "--json"]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _ratios(folder: Path, rounds: int) -> list[Measured]:
    """Fresh loads, COPY of the same rows, and the same content again; in turn, so that all see the same machine."""
    source, rows = _write(folder / "million.csv", 1), folder / "rows.csv"
    loads, stores, gates, commands, again, copies = [], [], [], [], [], []
    with _database():
        _ingest(source)
        _export(rows)
    for _ in range(rounds):
        with _database():
            loads.append(_timed(lambda: _ingest(source)))
            gate = _gate_seconds()
            stores.append(loads[-1] - gate)
            gates.append(gate / stores[-1])
            again.append(_timed(lambda: _ingest(source)))
        with _database():
            commands.append(_timed(lambda: _command(source)))
        with _database():
            _make_months(source)
            copies.append(_timed(lambda: _copy(rows)))
    load, copy = median(loads), median(copies)
    return [
        Measured("1 M rows, psql COPY", MILLION / copy / 1000, unit="k/s"),
        Measured("1 M rows: read, validated, deduplicated, in the ledger", MILLION / median(stores) / 1000, unit="k/s"),
        Measured("  of COPY", copy / median(stores), at_least=0.5),
        Measured("  of COPY, with the gate", copy / load, at_least=0.5),
        Measured("the gate, of the rest of the load", median(gates), at_most=0.5),
        Measured("  of COPY, with the gate and the start of the command", copy / median(commands)),
        Measured("the same content again, times faster than the load", load / median(again), at_least=20),
    ]


def _gate_seconds() -> float:
    """From the moment at which the one load was stored to the one at which it was accepted."""
    with connect() as connection:
        query = "select extract(epoch from max(at) - min(at))::float from raw.load_events"
        return connection.execute(query).fetchone()[0]


def _export(path: Path) -> None:
    """The stored rows in table form, in the order of the file that they came from."""
    columns = "series_id, load_id, interval_start, collected_at, value, row_id"
    _psql(
        f"\\copy (select {columns} from raw.measures order by collected_at, series_id, interval_start) to '{path}' csv"
    )


def _copy(path: Path) -> None:
    _psql(f"\\copy raw.measures (series_id, load_id, interval_start, collected_at, value, row_id) from '{path}' csv")


def _psql(command: str) -> None:
    program = find_binaries().folder / "psql"
    subprocess.run([program, "-q", "-X", "-v", "ON_ERROR_STOP=1", "-c", command], check=True)


def _make_months(path: Path) -> None:
    from loaders.database.partitions import create_partitions

    days = (FIRST_HOUR + timedelta(hours=hour) for hour in range(0, HOURS, 24))
    with connect(autocommit=True) as connection:
        create_partitions(connection, sorted({day.date().replace(day=1) for day in days}))


def _ten_millions(folder: Path) -> list[Measured]:
    """Memory of large files, and the rate once ten million rows are stored."""
    one, ten = _write(folder / "one.csv", 1), _write(folder / "ten.csv", 10, grid="ten")
    late = [_write(folder / f"late{turn}.csv", 1, grid=f"late {turn}") for turn in range(3)]
    with _database():
        small = _command(one)
    empty = []
    for path in late:
        with _database():
            empty.append(_timed(lambda path=path: _ingest(path)))
    with _database():
        large = _command(ten)
        full = [_timed(lambda path=path: _ingest(path)) for path in late]
    return [
        Measured("peak memory of a 1 M-row file", small / 1e6, unit="MB"),
        Measured("peak memory of a 10 M-row file", large / 1e6, at_most=1000, unit="MB"),
        Measured("  of that of a 1 M-row file", large / small, at_most=1.5),
        Measured("rate with 10 M rows stored, of that into an empty table", median(empty) / median(full), at_least=0.8),
    ]


if __name__ == "__main__":
    sys.exit(main())
