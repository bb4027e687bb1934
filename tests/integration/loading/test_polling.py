"""A file that repeats what earlier files hold costs little, and each of its loads can be withdrawn."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from loaders.ingest.storage.store import LoadResult
from tests.support.load_cases import HOUR, MORNING, NOON, Cells, counts, deliver, size
from tests.support.warehouses import Warehouse, temporary_database


@pytest.mark.one_server("the sizes of the tables are those on the coordinator")
@pytest.mark.parametrize(("files", "window"), [(60, 24), (12, 168)])
def test_a_file_that_repeats_its_last_hours_hardly_grows_the_warehouse_and_each_load_can_go(
    test_server: None, files: int, window: int
) -> None:
    """An hourly file of 40 series: each holds the publications of the last hours, one of them new."""
    parts = [polled(range(turn + 1, turn + window + 1)) for turn in range(files)]
    distinct = [parts[0], *(polled([turn + window]) for turn in range(1, files))]
    # Each in a database of its own, so that both pay for the first page of everything.
    with fresh_warehouse() as warehouse:
        grown_by_distinct, _ = growth(warehouse, distinct)
    with fresh_warehouse() as warehouse:
        grown, loads = growth(warehouse, parts)
        assert [counts(each)[1:3] for each in loads[1:]] == [(40, 40 * (window - 1))] * (files - 1)
        assert grown <= 1.1 * grown_by_distinct, f"{grown:,} bytes against {grown_by_distinct:,}"
        assert_each_load_can_go(warehouse, loads, parts)


@contextmanager
def fresh_warehouse() -> Iterator[Warehouse]:
    with temporary_database("test_polled") as made:
        yield made


def growth(warehouse: Warehouse, deliveries: list[Cells]) -> tuple[int, list[LoadResult]]:
    before = size(warehouse)
    loads = [deliver(warehouse, "polled", cells) for cells in deliveries]
    return size(warehouse) - before, loads


def polled(publications: Iterable[int]) -> Cells:
    return [
        (f"n{node}", NOON + HOUR * hour, MORNING + HOUR * hour, float(hour + node))
        for node in range(40)
        for hour in publications
    ]


VISIBLE = """
select count(*), count(distinct (series_id, interval_start, collected_at)), min(interval_start), max(interval_start)
from (
    select measures.series_id, measures.interval_start, measures.collected_at
    from raw.measures inner join raw.loads using (load_id)
    where status = 'accepted' and series_id in (select series_id from polled_series)
    union
    select measures.series_id, measures.interval_start, measures.collected_at
    from raw.redelivered_rows inner join raw.loads using (load_id)
    inner join raw.measures on row_ids @> row_id
    where status = 'accepted' and series_id in (select series_id from polled_series)
) as visible
"""


def assert_each_load_can_go(warehouse: Warehouse, loads: list[LoadResult], parts: list[Cells]) -> None:
    """Without any one load, what raw remembers is exactly what the other loads delivered."""
    with warehouse.connect(None, autocommit=False) as connection:
        connection.execute(
            "create temporary table polled_series as select series_id from raw.series join raw.nodes using (node_id)"
            " join raw.regions using (region_id) join raw.grids using (grid_id) where grid_name = 'polled'"
        )
        connection.commit()
        for place in range(len(loads)):
            connection.execute("update raw.loads set status = 'withdrawn' where load_id = %s", [loads[place].load_id])
            found = connection.execute(VISIBLE).fetchone()
            connection.rollback()
            others = {cell[:3] for part in parts[:place] + parts[place + 1 :] for cell in part}
            starts = [start for _, start, _ in others]
            assert found == (len(others), len(others), min(starts), max(starts))
