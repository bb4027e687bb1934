"""Bytes of an archived revision, and as of a week from the archive as a ratio to as of the same week from the tables.

For the sample data, for 24 revisions of an hour, and for releases of EIA-930 where WAREHOUSE_EIA930 has their files.

python -m tests.benchmarks.bench_archive
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from loaders.archive.archived_months import ArchivedMonth
from loaders.database.connection import connect
from loaders.dbt_runner import build
from loaders.demo.seed_loader import load_seed
from loaders.ingest.pipeline import IngestOptions, ingest_files
from loaders.operations.archiving import archive
from tests.benchmarks.bench_reading import say
from tests.benchmarks.ground import FIRST_HOUR, WITHOUT_TESTS, load, new_database, own_server, rows, seconds

TIMES = 15
MIDDLE = timedelta(days=3)
IN_TABLES = """
select
    (select count(*) from raw.measures),
    (
        select sum(pg_total_relation_size(inhrelid))
        from pg_inherits
        where inhparent in ('raw.measures'::regclass, 'staging.int_measure_revisions'::regclass)
    )
"""


def bytes_and_time(
    title: str, name: str, fill: Callable[[], object], before: date, week: datetime, known: datetime, aim: int
) -> None:
    """Fill a database, archive, and print what a revision takes and how long as of a week does."""
    import warehouse as wh

    new_database(name)
    fill()
    build(*WITHOUT_TESTS)

    def as_of() -> object:
        return wh.as_of(known, week, week + timedelta(days=7))

    with connect(None, autocommit=True) as connection:
        [(count, size)] = connection.execute(IN_TABLES).fetchall()
    from_tables, rows_before = seconds(as_of, TIMES), len(as_of())  # type: ignore[arg-type]
    months: list[ArchivedMonth] = archive(before)
    from_archive, rows_after = seconds(as_of, TIMES), len(as_of())  # type: ignore[arg-type]
    assert rows_before == rows_after > 0
    archived = sum(month.row_count for month in months)
    in_files = sum(month.file_bytes for month in months) / archived
    say(
        f"{title}: bytes of each of {archived:,} revisions",
        f"{in_files:.1f}",
        f"<= {aim}   in tables {size / count:.0f}",
    )
    say(
        f"{title}: as of a week from the archive / from the tables",
        f"{from_archive / from_tables:.2f} x",
        f"<= 3 x   {rows_after:,} values, {from_archive * 1e3:.0f} and {from_tables * 1e3:.0f} ms",
    )


def deep() -> None:
    for first in range(0, 24 * 35, 168):
        load(rows(27, range(first, first + 168), range(24)), f"bench://deep/{first}")


def main() -> None:
    with own_server():
        start = datetime.fromtimestamp(FIRST_HOUR / 1e6, UTC)
        seed_week = datetime(2026, 2, 9, tzinfo=UTC)
        bytes_and_time(
            "sample data", "seed", lambda: load_seed(10, 7), date(2026, 3, 1), seed_week, seed_week + MIDDLE, 8
        )
        week = start + timedelta(days=9)
        bytes_and_time("24 revisions of 3 decimals", "deep", deep, date(2024, 2, 1), week, week + MIDDLE, 8)
        folder = Path(os.environ.get("WAREHOUSE_EIA930", "../shared/data/eia930/raw"))
        files = sorted(folder.glob("release_20[12][09]_Oct/*.csv.gz"))
        if not files:
            say("EIA-930: no files, set WAREHOUSE_EIA930", "-")
            return
        options = IngestOptions(format="eia930", create_missing=True)
        eia_week, between = datetime(2019, 3, 4, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
        bytes_and_time("EIA-930", "eia", lambda: ingest_files(files, options), date(2019, 7, 1), eia_week, between, 12)


if __name__ == "__main__":
    main()
