"""Nothing is overwritten, the order of the rows does not matter, and only accepted loads count."""

import uuid
from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests.support.load_cases import (
    HOUR,
    MORNING,
    NOON,
    Cells,
    counts,
    deliver,
    hours,
    latest,
    load,
    revisions,
    stored,
    write,
)
from tests.support.scenarios import for_random_numbers
from tests.support.warehouses import Warehouse


@pytest.mark.sql
def test_a_correction_wins_and_the_former_value_still_answers_for_its_time(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    load(write(tmp_path / "a.csv", grid, [("n", NOON, MORNING, 100.0), ("n", NOON + HOUR, MORNING, 7.0)]))
    shared_warehouse.apply_loads()
    between = shared_warehouse.query("select clock_timestamp()")[0][0]
    second = load(write(tmp_path / "b.csv", grid, [("n", NOON, MORNING, 99.0), ("n", NOON + HOUR, MORNING, 7.0)]))
    assert (counts(second), second.rows_corrected) == ((2, 1, 1, 0), 1)
    assert [row[3] for row in stored(shared_warehouse, grid)] == [100.0, 99.0, 7.0]
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [99.0, 7.0]
    as_of = (
        "select value from marts.measures_as_of(collected_datetime => %s, loaded_datetime => %s, grid_id =>"
        " (select grid_id from raw.grids where grid_name = %s)) order by interval_start"
    )
    assert shared_warehouse.query(as_of, NOON, between, grid) == [(100.0,), (7.0,)]
    assert shared_warehouse.query(as_of, NOON, None, grid) == [(99.0,), (7.0,)]


def test_a_value_that_comes_back_is_a_third_revision(shared_warehouse: Warehouse, grid: str, tmp_path: Path) -> None:
    cells = [("n", NOON, MORNING + HOUR * turn, value) for turn, value in enumerate((100.0, 99.0, 100.0))]
    load(write(tmp_path / "a.csv", grid, cells[:2]))
    load(write(tmp_path / "b.csv", grid, cells[1:]))
    shared_warehouse.apply_loads()
    found = revisions(shared_warehouse, grid)
    assert [row[3] for row in found] == [100.0, 99.0, 100.0]
    assert [row[4] for row in found] == [None, 100.0, 99.0]


@for_random_numbers(2)
def test_any_order_and_any_split_of_the_rows_give_the_same_marts(shared_warehouse: Warehouse, number: int) -> None:
    """Four stories side by side, so that one build serves all of them."""
    random, stories = Random(number), []
    for _ in range(4):
        at_once, in_parts, rows = f"grid-{uuid.uuid4()}", f"grid-{uuid.uuid4()}", random_rows(random)
        deliver(shared_warehouse, at_once, rows)
        stories.append((at_once, in_parts, random_parts(random, rows)))
    for turn in range(max(len(parts) for _, _, parts in stories)):
        for _, in_parts, parts in stories:
            if turn < len(parts):
                deliver(shared_warehouse, in_parts, parts[turn])
        if random.random() < 0.5:
            shared_warehouse.apply_loads()
    shared_warehouse.apply_loads()
    for at_once, in_parts, _ in stories:
        assert revisions(shared_warehouse, in_parts) == revisions(shared_warehouse, at_once) != []
        assert latest(shared_warehouse, in_parts) == latest(shared_warehouse, at_once)


def random_rows(random: Random) -> Cells:
    keys = random.sample([*product("abc", [0, 1, 420], range(4))], random.randint(2, 20))
    return [
        (node, NOON + HOUR * hour, MORNING + HOUR * turn, random.choice([None, 0.0, 1.0, 2.5]))
        for node, hour, turn in keys
    ]


def random_parts(random: Random, rows: Cells) -> list[Cells]:
    """The rows in any order, in up to five parts; each with a few rows of the others: repetition is no order either."""
    mixed = random.sample(rows, len(rows))
    cuts = sorted(random.sample(range(1, len(rows)), random.randint(0, min(4, len(rows) - 1))))
    parts = [mixed[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    again = [random.sample(rows, random.randint(0, min(3, len(rows)))) for _ in parts]
    return [[*part, *(row for row in more if row not in part)] for part, more in zip(parts, again, strict=True)]


def test_a_repeated_row_outlives_the_withdrawal_of_the_load_that_stored_it(
    shared_warehouse: Warehouse, grid: str, tmp_path: Path
) -> None:
    first = load(write(tmp_path / "a.csv", grid, hours("n", 4)))
    second = load(write(tmp_path / "b.csv", grid, hours("n", 6)[2:]))
    assert counts(second) == (4, 2, 2, 0)
    shared_warehouse.set_status(first.load_id, "withdrawn")
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [3.0, 4.0, 5.0, 6.0]
    shared_warehouse.set_status(first.load_id, "accepted")
    shared_warehouse.set_status(second.load_id, "withdrawn")
    shared_warehouse.apply_loads()
    assert [row[3] for row in latest(shared_warehouse, grid)] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.one_server("the nodes do not know the types of the views, so a whole row cannot be read as one value")
def test_what_is_pending_held_or_withdrawn_is_in_no_mart_until_accepted(shared_warehouse: Warehouse, grid: str) -> None:
    deliver(shared_warehouse, grid, [*hours("n", 3), *hours("m", 3)])
    shared_warehouse.build()
    before = published(shared_warehouse)
    waiting = []
    for turn, status in enumerate((None, "held", "withdrawn"), 1):
        new = [("n", NOON + HOUR * (9 + turn), MORNING, 1.0), ("n", NOON, MORNING + HOUR * turn, 2.0)]
        correction = ("m", NOON, MORNING, 50.0 + turn)
        waiting.append(deliver(shared_warehouse, grid, [*new, correction, *hours("m", 2)[1:]], status).load_id)
    shared_warehouse.apply_loads()
    assert published(shared_warehouse) == before
    for load_id in waiting:
        shared_warehouse.set_status(load_id, "accepted")
    shared_warehouse.apply_loads()
    assert len(revisions(shared_warehouse, grid)) == 6 + 2 * 3
    assert ("m", NOON, MORNING, 53.0) in latest(shared_warehouse, grid)
    for load_id in waiting:
        shared_warehouse.set_status(load_id, "withdrawn")
    shared_warehouse.build()
    assert published(shared_warehouse) == before


def published(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every mart row as JSON, but for the ledger and its copies, which show loads whatever they count as."""
    ledger = {"dim_load", "fct_load_events", "fct_measures_received", "fct_measures_stored", "fct_rows_redelivered"}
    found = warehouse.query(
        "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v', 'm')"
    )
    names = {name for (name,) in found}
    assert {"fct_measure_revisions", "fct_measures_latest", "warehouse_stats"} <= names
    rows = "select to_jsonb(mart) - array['loads_pending', 'loads_accepted', 'loads_held', 'loads_withdrawn'] from"
    with warehouse.connect(None) as connection:
        return {
            name: sorted(connection.execute(f'{rows} marts."{name}" as mart').fetchall(), key=str)
            for name in names - ledger
        }
