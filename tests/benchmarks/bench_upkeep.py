"""What 200 small loads, each with a build, leave in tables and indexes, next to one load of the same rows.

python -m tests.benchmarks.bench_upkeep [small]
"""

import re
import statistics
import sys
import time

import pyarrow as pa

from loaders.database.connection import connect
from loaders.dbt_runner import build
from loaders.operations.maintenance import maintain
from tests.benchmarks.bench_reading import say
from tests.benchmarks.ground import load, new_database, own_server, rows

NODES, HOURS_PER_LOAD, LOADS = 50, 24, 200
LOADS_PER_DAY = 24  # upkeep is done once a day
AIM = 1.3
SIZES = """
select nspname || '.' || relname, relkind, pg_relation_size(pg_class.oid)
from pg_class
inner join pg_namespace on pg_namespace.oid = relnamespace
where nspname in ('raw', 'staging', 'marts') and relkind in ('r', 'i')
"""
KINDS = {"r": "tables", "i": "indexes"}
MOST_GROWN = 8
PARTITION_SUFFIX = re.compile(r"(?<=_\d{4}_\d{2})_[0-9a-f]{6}(?=_|$)")  # another one in each database


def small_load(number: int) -> pa.Table:
    """The next day of each node, an hour later than the load before: most hours get a new revision."""
    return rows(NODES, range(number, number + HOURS_PER_LOAD), range(number, number + 1))


def together(count: int) -> pa.Table:
    """The rows of so many small loads as one."""
    table = pa.concat_tables([small_load(number) for number in range(count)]).unify_dictionaries().combine_chunks()
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    return table.set_column(table.schema.get_field_index("row_number"), "row_number", numbers)


def sizes() -> dict[tuple[str, str], int]:
    """Bytes of each table and index, after upkeep."""
    maintain()
    with connect(None) as operator:
        found = operator.execute(SIZES).fetchall()
    return {(KINDS[kind], PARTITION_SUFFIX.sub("", name)): size for name, kind, size in found}


def show(found: dict[tuple[str, str], int], expected: dict[tuple[str, str], int], title: str, aim: str) -> None:
    """Print the growth of tables, of indexes and of all, and what has grown most."""
    for kind in KINDS.values():
        grown, before = (sum(size for (of, _), size in all_.items() if of == kind) for all_ in (found, expected))
        say(f"{kind}: {title}", f"{grown / before:.2f} x", f"{grown / 1e6:.1f} MB")
    ratio = sum(found.values()) / sum(expected.values())
    say(f"all: {title}", f"{ratio:.2f} x", f"{aim}{sum(found.values()) / 1e6:.1f} MB")
    growth = {key: size - expected.get(key, 0) for key, size in found.items()}
    for key in sorted(growth, key=growth.__getitem__, reverse=True)[:MOST_GROWN]:
        say(f"  {key[1]}", f"{found[key] / max(expected.get(key, 0), 8192):.2f} x", f"{found[key] / 1e6:.1f} MB")


def main() -> None:
    """Print the growth and how builds slow down; with `small`, for 20 loads."""
    count = 20 if "small" in sys.argv else LOADS
    with own_server():
        new_database("one_load")
        load(together(count), "bench://one")
        build()
        expected = sizes()
        new_database("small_loads")
        build()
        taken = []
        for number in range(count):
            load(small_load(number), f"bench://{number}")
            started = time.perf_counter()
            build()
            taken.append(time.perf_counter() - started)
            if number % LOADS_PER_DAY == LOADS_PER_DAY - 1:
                maintain()
        found = sizes()
    # Few loads have had no time to need upkeep, so the aim is not theirs.
    show(found, expected, f"{count} loads / one load", f"<= {AIM} x   " if count == LOADS else "")
    first, last = taken[1 : 1 + count // 10], taken[-count // 10 :]
    say(
        "builds: the last tenth / the first tenth",
        f"{statistics.median(last) / statistics.median(first):.2f} x",
        f"{statistics.median(last):.2f} s",
    )


if __name__ == "__main__":
    main()
