"""Values corrected by hand: what the marts and the ledger say afterwards."""

from datetime import UTC, datetime

import pytest
from warehouse.widgets import edit_actions

from loaders.errors import LoadError, RegistryError, UsageError
from loaders.ingest.corrections import Correction, correct
from tests.support.edited_grid import DAY, HOUR, NOON
from tests.support.warehouses import Warehouse


def put_right(grid: str, value: float | None, **more) -> Correction:
    return correct({NOON: value}, grid=grid, node="N1", **{"why": "the meter was read twice", "who": "ann", **more})


def latest(warehouse: Warehouse, grid: str, start: datetime = NOON) -> list[tuple]:
    warehouse.apply_loads()
    return warehouse.query(
        "select value, load_id from marts.fct_measures_latest where grid_name = %s and node_name = 'N1'"
        " and interval_start = %s",
        grid,
        start,
    )


@pytest.mark.sql
def test_a_correction_is_a_revision_of_the_same_series_and_the_ledger_says_who_and_why(
    shared_warehouse: Warehouse, grid: str
) -> None:
    started = datetime.now(UTC)
    done = put_right(grid, 7.5)
    assert (done.status, done.values[0].before, done.values[0].value, done.unit) == ("accepted", 1.0, 7.5, "MW")
    assert latest(shared_warehouse, grid) == [(7.5, done.load_id)]
    revisions = shared_warehouse.query(
        "select value, load_id = %s, collected_at between %s and now() from marts.fct_measure_revisions"
        " where grid_name = %s and node_name = 'N1' and source = 'test' and interval_start = %s order by collected_at",
        done.load_id,
        started,
        grid,
        NOON,
    )
    assert revisions == [(1.0, False, False), (7.5, True, True)]
    load = "select source, collected_at_basis, uri like 'correction://ann/%%' from marts.dim_load where load_id = %s"
    assert shared_warehouse.query(load, done.load_id) == [("correction", "observed", True)]
    reported = "select status, who, why from marts.fct_load_events where load_id = %s order by event_id"
    pending, accepted = shared_warehouse.query(reported, done.load_id)
    assert pending == ("pending", "ann", "the meter was read twice")
    assert accepted[0] == "accepted"
    assert accepted[2].startswith("gate: passed")


@pytest.mark.sql
def test_the_same_correction_again_is_not_stored_again(shared_warehouse: Warehouse, grid: str) -> None:
    put_right(grid, 7.5)
    again = put_right(grid, 7.5)
    assert (again.load_id, again.status, again.values) == (None, "unchanged", [])
    assert put_right(grid, 8.5).values[0].before == 7.5
    assert put_right(grid, 7.5).status == "accepted"  # back again: a revision of its own


@pytest.mark.sql
def test_several_values_are_one_load_without_those_that_stand_so_already(
    shared_warehouse: Warehouse, grid: str
) -> None:
    done = correct({NOON: 1.0, NOON + HOUR: 2.0, "2024-05-01T16:00+02:00": 3.0}, grid=grid, node="N1", why="x")
    assert [value.interval_start for value in done.values] == [NOON + HOUR, NOON + 2 * HOUR]
    stored = "select rows_inserted from raw.loads where load_id = %s"
    assert shared_warehouse.query(stored, done.load_id) == [(2,)]


def test_a_correction_known_since_earlier_changes_what_was_known_then_and_not_the_latest(
    shared_warehouse: Warehouse, grid: str
) -> None:
    put_right(grid, 9.0)
    done = put_right(grid, 4.0, collected_at=DAY + HOUR)
    assert (done.values[0].before, done.values[0].is_newest) == (1.0, False)
    assert latest(shared_warehouse, grid)[0][0] == 9.0
    then = shared_warehouse.query(
        "select value from marts.measures_as_of(%s, %s, %s) where grid_name = %s and node_name = 'N1'",
        DAY + 2 * HOUR, NOON, NOON + HOUR, grid,
    )  # fmt: skip
    assert then == [(4.0,)]
    assert shared_warehouse.query("select collected_at_basis from raw.loads where load_id = %s", done.load_id) == [
        ("published",)
    ]


def test_an_implausible_correction_is_held_until_a_person_lets_it_in(shared_warehouse: Warehouse, grid: str) -> None:
    done = put_right(grid, 9e9)
    assert (done.status, done.failures[0].split()[0]) == ("held", "load_range")
    assert latest(shared_warehouse, grid)[0][0] == 1.0
    assert "is accepted" in edit_actions.edit("accept", {"load_id": done.load_id}, "it was really so")
    assert latest(shared_warehouse, grid) == [(9e9, done.load_id)]


@pytest.mark.sql
@pytest.mark.parametrize(
    ("values", "more", "error", "stated"),
    [
        ({NOON: 1.5}, {"node": "N7"}, RegistryError, "Unknown node 'N7' in GRID. Available: N1, N2, N3."),
        ({NOON: 1.5}, {"node": None}, RegistryError, "3 series match: GRID/R1/N1/load/test"),
        ({NOON: 1.5}, {"source": "tset"}, RegistryError, "Unknown source 'tset' in GRID/N1. Did you mean test?"),
        ({NOON + HOUR / 4: 1.5}, {}, LoadError, "has no value at 2024-05-01T12:15Z to correct"),
        ({NOON + 99 * HOUR: 1.5}, {}, LoadError, "enter a first value with --new"),
        ({"2024-05-01T12:00": 1.5}, {}, UsageError, "interval 2024-05-01T12:00 is not a time with an offset"),
        ({NOON.replace(tzinfo=None): 1.5}, {}, UsageError, "is not a time with an offset"),
        ({NOON: float("nan")}, {}, UsageError, "nan is not a valid value. Enter a number"),
        ({NOON: 1.5}, {"collected_at": "noon"}, UsageError, "collected_at noon is not a time"),
        ({}, {}, UsageError, "Enter at least one interval"),
    ],
)
def test_a_correction_of_what_is_not_there_is_refused_in_one_sentence(
    shared_warehouse: Warehouse, grid: str, values: dict, more: dict, error: type, stated: str
) -> None:
    before = shared_warehouse.query("select count(*) from raw.loads")
    with pytest.raises(error) as raised:
        correct(values, **{"grid": grid, "node": "N1", "why": "x", **more})
    assert stated.replace("GRID", grid) in str(raised.value)
    assert shared_warehouse.query("select count(*) from raw.loads") == before


@pytest.mark.sql
def test_a_first_value_is_entered_when_requested(shared_warehouse: Warehouse, grid: str) -> None:
    start = NOON + 24 * HOUR
    done = correct({start: 6.0}, grid=grid, node="N1", why="the file never came", new=True)
    assert done.values[0].before is None
    assert latest(shared_warehouse, grid, start) == [(6.0, done.load_id)]
