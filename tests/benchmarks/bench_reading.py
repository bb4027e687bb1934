"""How fast the read functions are, as ratios to the same SQL on an open connection and to pandas.read_sql.

python tests/benchmarks/bench_reading.py [small]
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa

from loaders.database.connection import connection_info
from loaders.dbt_runner import build
from loaders.settings import NOTEBOOKS
from tests.benchmarks.ground import WITHOUT_TESTS, load, new_database, own_server, rows

# What `latest` asks, and what it answers: the same rows without and with the names of their series.
NARROW = """
select series_id, load_id, quality_flag, value, interval_start, collected_at
from marts.fct_measures_latest
order by series_id, interval_start
"""
WIDE = "select * from marts.fct_measures_latest order by series_id, interval_start"
IN_PARTS = """
import pathlib, re, sys
import warehouse
wanted = int(sys.argv[2])
assert sum(len(part) for part in warehouse.latest(limit=wanted, chunks=50_000)) == wanted
# Not ru_maxrss, which begins with the peak of the process that made this one.
print(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
# Seconds of the import and of the first call; then by how much a whole answer raises the peak of memory, and its size.
START = """
import time
started = time.perf_counter()
import warehouse
imported = time.perf_counter()
warehouse.latest(limit=1)
print(imported - started, time.perf_counter() - imported)
"""
WHOLE = """
import pathlib, re, warehouse
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) * 1024
warehouse.latest(limit=1)
before = peak()
answer = warehouse.latest()
raised = peak() - before
del answer
print(raised, warehouse.latest(into="arrow").nbytes)
"""
ROUNDS = 5
CALL_ROUNDS = 60
MIDDLE = datetime(2024, 1, 4, tzinfo=UTC)


def say(text: str, value: str, target: str = "") -> None:
    """One line of the table of results."""
    print(f"{text:<72} {value:>8}   {target}", flush=True)


def fill(nodes: int, hours: int) -> int:
    """Load so many nodes and hours with two revisions each, build, and return how many rows `latest` has."""
    for first in range(0, hours, 200):
        load(rows(nodes, range(first, min(first + 200, hours)), range(2)), f"bench://{first}")
    build(*WITHOUT_TESTS)
    return nodes * hours


def ratios(count: int) -> None:
    """The same rows by both ways, and the same SQL by both ways."""
    import sqlalchemy
    import warehouse as wh
    from warehouse import session

    place = connection_info(None)
    address = sqlalchemy.URL.create(
        "postgresql+psycopg", place.user, place.password, place.host, place.port, place.dbname
    )
    engine = sqlalchemy.create_engine(address)

    def plain(sql: str) -> pd.DataFrame:
        return pd.read_sql(sql, engine)

    def arrow(sql: str) -> pd.DataFrame:
        with session.open_reader() as read:
            return read(sql).to_pandas()

    answer, expected = wh.latest(), plain(WIDE)
    assert len(answer) == len(expected) == count
    assert sorted(answer.columns) == sorted([*expected.columns, "resolution"])
    assert answer["value"].equals(expected["value"])
    del answer, expected
    wide, narrow, same, latest, parts = in_turn(
        lambda: plain(WIDE),
        lambda: plain(NARROW),
        lambda: arrow(NARROW),
        wh.latest,
        lambda: sum(map(len, wh.latest(chunks=50_000))),
    )
    say(f"{count:,} rows with names: read_sql / latest()", f"{wide / latest:.1f} x", f">= 5 x   {latest:.2f} s")
    say("the SQL that latest() sends: read_sql / a session, through Arrow", f"{narrow / same:.1f} x", ">= 5 x")
    say("latest() in parts of 50,000 rows / at once", f"{parts / latest:.1f} x")


def in_turn(*actions: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The median time of each action; they take turns, so that all see the same machine."""
    taken = [[] for _ in actions]
    for _ in range(rounds):
        for times, action in zip(taken, actions, strict=True):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
    return [statistics.median(times) for times in taken]


def calls() -> None:
    """Read functions against the same SQL to pandas on a connection that is open: 27 nodes, a week, 24 revisions."""
    import warehouse as wh

    load(rows(27, range(168), range(24)), "bench://calls")
    build(*WITHOUT_TESTS)
    every = wh.series()["series_id"].tolist()
    for ids, names in ((every[:1], {"node": "Node0"}), (every, {})):
        compare_calls(pa.scalar(ids, pa.list_(pa.int32())), names)


def compare_calls(ids: pa.Scalar, names: dict[str, str]) -> None:
    """One line for latest() and one for as_of(), of these series."""
    import warehouse as wh
    from warehouse.query import warehouse_sql
    from warehouse.session import open_reader

    with open_reader() as read:
        sql = in_turn(
            lambda: read(warehouse_sql("latest"), ids, *[None] * 6).to_pandas(),
            lambda: read(warehouse_sql("as_of"), ids, *[None] * 3, MIDDLE, *[None] * 4).to_pandas(),
            rounds=CALL_ROUNDS,
        )
    calls = in_turn(lambda: wh.latest(**names), lambda: wh.as_of(MIDDLE, **names), rounds=CALL_ROUNDS)
    for name, call, same in zip(("latest", "as_of"), calls, sql, strict=True):
        text = f"{name}() of {len(ids)} nodes / the same SQL on an open connection"
        say(text, f"{call / same:.2f} x", f"<= 1.5 x   {call * 1e3:.1f} / {same * 1e3:.1f} ms")


def start() -> None:
    """The import and the first call, in a process of its own."""
    taken = [tuple(map(float, printed(START).split())) for _ in range(ROUNDS)]
    imported, first = (statistics.median(times) for times in zip(*taken, strict=True))
    say("import warehouse", f"{imported:.2f} s", "<= 0.5 s")
    say("the first call", f"{first:.2f} s", "<= 0.3 s")


def memory_of_a_whole_answer(count: int) -> None:
    """By how much latest() raises the peak of memory, against the size of its Arrow table."""
    raised, size = map(int, printed(WHOLE).split())
    say(f"memory of {count:,} rows / their Arrow table", f"{raised / size:.2f} x", f"<= 3 x   {size / 1e6:.0f} MB")


def printed(program: str) -> str:
    """What a Python program writes to stdout, in a process of its own."""
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def memory(count: int) -> None:
    """Peak memory of a process that reads in parts: all rows, and a tenth of them."""
    few, all_of_them = peak(count // 10), peak(count)
    say(
        f"peak memory in parts: {count:,} rows / {count // 10:,} rows",
        f"{all_of_them / few:.2f} x",
        f"flat   {all_of_them / 1e6:.0f} MB",
    )


def peak(count: int) -> int:
    """Of a process of its own, in bytes."""
    command = [sys.executable, "-c", IN_PARTS, str(NOTEBOOKS), str(count)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) * 1024


def main() -> None:
    """All figures, or with `small` a tenth of the rows to try the benchmark itself."""
    with own_server():
        new_database("bench")
        count = fill(100 if "small" in sys.argv else 1000, 1000)
        ratios(count)
        memory(count)
        memory_of_a_whole_answer(count)
        start()
        new_database("calls")
        calls()


if __name__ == "__main__":
    main()
