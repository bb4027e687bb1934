"""Speed of the marts, each figure next to a plain `distinct on` over raw in the same run: make bench.

python tests/benchmarks/bench_marts.py [small]
"""

import sys
import time

from loaders.database.connection import connect
from loaders.dbt_runner import build, run_dbt
from tests.benchmarks.ground import FIRST_HOUR, HOUR, WITHOUT_TESTS, load, new_database, own_server, rows, seconds

# All columns are read. If only two are, PostgreSQL sorts the rows of `distinct on` in a way that takes twice as long.
DISTINCT = """
select count(answer), sum(answer.value) from (
    select distinct on (series_id, interval_start) *
    from raw.measures
    where interval_start >= %(start)s and interval_start < %(end)s
        and (%(moment)s::timestamptz is null or collected_at <= %(moment)s)
    order by series_id, interval_start, collected_at desc
) as answer
"""
LATEST = """
select count(answer), sum(answer.value) from marts.fct_measures_latest as answer
where interval_start >= %(start)s and interval_start < %(end)s
"""
AS_OF = "select count(answer), sum(answer.value) from marts.measures_as_of(%(moment)s, %(start)s, %(end)s) as answer"
ONE_NODE = (
    "explain (analyze, format json) select * from marts.fct_measures_latest where node_id = 7"
    " and interval_start >= %(start)s and interval_start < %(end)s"
)
ONE_WINDOW = """
create table staging.one_window as
select series_id, load_id, value, interval_start, collected_at,
    lead(collected_at) over (partition by series_id, interval_start order by collected_at) as known_to
from raw.measures
"""
SIZES = """
select sum(pg_total_relation_size(inhrelid)) from pg_inherits
where inhparent in ('raw.measures'::regclass, 'staging.int_measure_revisions'::regclass)
"""
WRITTEN = """
select coalesce(sum(n_tup_ins + n_tup_upd), 0) from pg_stat_user_tables where relname like 'int_measure_revisions%'
"""


def say(text: str, value: str, target: str = "") -> None:
    """One line of the table of results."""
    print(f"{text:<64} {value:>16}   {target}", flush=True)


def moment(hour: int) -> str:
    """The hour-th hour of the benchmark's time, as text."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp((FIRST_HOUR + hour * HOUR) / 1e6, UTC).isoformat()


def run(sql: str, values: dict | None = None, role: str | None = "warehouse_transformer") -> list[tuple]:
    """One statement, committed."""
    with connect(role, autocommit=True) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def fill(nodes: int, days: int, revisions: int, step: int = 1) -> int:
    """Load so many hours and revisions (step hours apart), ten days a load; returns the rows."""
    for first in range(0, days * 24, 240):
        hours = range(first, min(first + 240, days * 24))
        load(rows(nodes, hours, range(revisions), step), f"bench://{nodes}/{first}")
    return nodes * days * 24 * revisions


def seconds_of_revisions() -> float:
    """Run int_measure_revisions and return how long that took, dbt's start-up and hooks of the run apart."""
    (node,) = (node for node in run_dbt(["run", "--select", "int_measure_revisions"]) if node.kind == "model")
    return node.seconds


def first_build(count: int) -> None:
    """Build everything, and next to it one window function over the same rows."""
    build("--exclude", "int_measure_revisions+", *WITHOUT_TESTS)
    taken = seconds_of_revisions()
    started = time.perf_counter()
    run(ONE_WINDOW)
    plain = time.perf_counter() - started
    run("drop table staging.one_window")
    build("--select", "int_measure_revisions+", "--exclude", "int_measure_revisions", *WITHOUT_TESTS)
    run("vacuum analyze staging.int_measure_revisions")
    say(f"first build of {count:,} revisions, against one window function", f"{taken / plain:.1f} x", "<= 3 x")
    size = run(SIZES, None)[0][0]
    say("size on disk, raw and marts with indexes, per revision", f"{size / count:.0f} bytes", "aim 250 bytes")


def queries(first_hour: int) -> float:
    """One week in the middle; returns the time of the as-of query."""
    import psycopg

    week = {"start": moment(first_hour), "end": moment(first_hour + 168), "moment": None}
    # Half of the week's revisions are known then.
    then = {**week, "moment": moment(first_hour + 84 - 36)}
    with connect(None, autocommit=True) as connection:

        def ask(sql: str, values: dict) -> tuple:
            return psycopg.ClientCursor(connection).execute(sql, values).fetchone()

        assert ask(LATEST, week)[0] == ask(DISTINCT, week)[0]
        assert ask(AS_OF, then)[0] == ask(DISTINCT, then)[0]
        plain, latest = seconds(lambda: ask(DISTINCT, week)), seconds(lambda: ask(LATEST, week))
        say(
            "latest, one week, all nodes: distinct on / mart",
            f"{plain / latest:.0f} x",
            f">= 15 x   {latest * 1e3:.1f} ms",
        )
        one = min(ask(ONE_NODE, week)[0][0]["Execution Time"] for _ in range(5))
        say("latest, one week, one node: in the server", f"{one:.2f} ms", "< 1 ms")
        plain, as_of = seconds(lambda: ask(DISTINCT, then)), seconds(lambda: ask(AS_OF, then))
        say(
            "as-of, one week, all nodes: distinct on / mart", f"{plain / as_of:.0f} x", f">= 8 x   {as_of * 1e3:.1f} ms"
        )
    return as_of


def apply_one_more(nodes: int, first_hour: int, name: str) -> float:
    """Apply one hourly load, 24 hours a node, three times; returns the model's median time, dbt's start-up apart."""
    taken, written = [], 0
    for turn in range(3):
        load(rows(nodes, range(first_hour, first_hour + 24), range(30 + turn, 31 + turn)), f"bench://{name}/{turn}")
        before = run(WRITTEN)[0][0]
        taken.append(seconds_of_revisions())
        time.sleep(1.5)  # the server's counters come late
        written = run(WRITTEN)[0][0] - before
    say(f"rows written per row loaded ({name})", f"{written / (nodes * 24):.2f}", "<= 2.5")
    return sorted(taken)[1]


def main() -> None:
    """All figures of the issue, or with `small` a tenth of the rows to try the benchmark itself."""
    small = "small" in sys.argv
    with own_server():
        print("27 nodes, 24 revisions an hour")
        new_database("bench27")
        first_build(fill(27, 36 if small else 60, 24))
        queries(360)
        print("200 nodes, 24 revisions an hour")
        new_database("bench1m")
        fill(200, 9, 24)
        build(*WITHOUT_TESTS)
        few = apply_one_more(200, 100, "into 1 M")
        new_database("bench10m")
        first_build(fill(200, 18 if small else 90, 24))
        queries(190)
        many = apply_one_more(200, 100, "into 10 M")
        say("applying one more hourly load: into 10 M / into 1 M", f"{many / few:.2f} x", f"<= 1.3 x   {many:.2f} s")
        # The same span of knowledge, seven times as many revisions in it.
        print("200 nodes, 24 revisions an hour, 7 hours apart")
        new_database("bench24")
        first_build(fill(200, 9, 24, step=7))
        shallow = queries(40)
        print("200 nodes, 168 revisions an hour, 1 hour apart")
        new_database("bench168")
        first_build(fill(200, 9, 168))
        deep = queries(40)
        say("as-of: 168 revisions an hour / 24 revisions an hour", f"{deep / shallow:.2f} x", "<= 2 x")


if __name__ == "__main__":
    main()
