"""Sums by region, grid, metric and local month are those of the rows that they are made of."""

from collections.abc import Callable

import pytest
import warehouse as wh
from warehouse import charts

from loaders.registry import edits
from tests.support import moved_case
from tests.support.cutoff_rollups import same_as_of_each_cutoff
from tests.support.scenarios import apply_with_history
from tests.support.sums_of_rows import GROUPS, days, same, same_sums, with_month
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

LATE = moved_case.HOURS[-1] + 6 * moved_case.HOUR


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """Forecasts and readings of four nodes, with a withdrawn value, a restatement and two resolutions."""
    moved_case.fill(shared_warehouse)
    return shared_warehouse


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("clocks", [{}, {"collected": LATE}, {"loaded": "2100-01-01 00:00"}])
def test_errors_and_changes_are_summed_up_by_group(filled: Warehouse, by: str, clocks: dict) -> None:
    same_sums(by, **clocks)


@pytest.mark.parametrize("by", GROUPS)
def test_days_are_summed_up_by_group(filled: Warehouse, by: str) -> None:
    same(wh.completeness(by=by), with_month(wh.completeness()), by, days)


def test_sums_keep_to_the_range_the_selection_the_unit_and_the_limit(filled: Warehouse) -> None:
    names = {"region": ["Coast", "Inland"], "grid": "North"}
    start, end = moved_case.HOURS[1], moved_case.HOURS[5]
    rows = wh.accuracy(start, end, by=None, **names)
    by_grid = wh.accuracy(start, end, by="grid", unit="kW", **names)
    assert by_grid["forecasts"].sum() == rows["error"].notna().sum() > 0
    assert by_grid["mae"].max() == pytest.approx(wh.accuracy(start, end, by="grid", **names)["mae"].max() * 1000)
    assert len(wh.accuracy(by="region", limit=2)) == 2
    assert len(next(wh.completeness(by="region", chunks=4))) == 4
    assert "group_number" not in by_grid
    assert "Grid" not in charts.plot(wh.accuracy(by="region", metric="load_forecast")).to_dict()["title"]["text"]


@pytest.mark.parametrize("read", [wh.accuracy, wh.restatements, wh.completeness])
def test_a_group_that_does_not_exist_is_answered_with_those_that_do(filled: Warehouse, read: Callable) -> None:
    with pytest.raises(wh.ReadError, match=r"Unknown grouping 'regoin'\. Did you mean region\?"):
        read(by="regoin")
    with pytest.raises(wh.ReadError, match="to draw"):
        charts.plot(read("2020-01-01", "2020-01-02", by="grid"))


@pytest.mark.parametrize("by", ["region", "grid"])
@pytest.mark.parametrize("clocks", [{}, {"loaded": "2100-01-01 00:00"}, {"collected": LATE}])
def test_a_roll_up_at_cut_offs_is_the_roll_up_as_of_each_of_them(filled: Warehouse, by: str, clocks: dict) -> None:
    answer = same_as_of_each_cutoff(by, **clocks)
    assert len(answer) > 10
    assert answer["cutoff_at"].le(clocks.get("collected", answer["cutoff_at"].max())).all()


@pytest.mark.parametrize("names", [{"node": "Dam"}, {"resolution": "PT1H"}, {"region": "Coast"}, {"regions": "today"}])
def test_a_roll_up_at_cut_offs_is_of_all_nodes(filled: Warehouse, names: dict) -> None:
    with pytest.raises(wh.ReadError, match=f"Leave {next(iter(names))}.* out"):
        wh.at_cutoff(None, by="grid", **names)
    with pytest.raises(wh.ReadError, match=r"Unknown grouping 'node'\. Available: grid, region"):
        wh.at_cutoff(None, by="node")


def test_a_former_name_is_answered_with_the_name_of_now(filled: Warehouse) -> None:
    with filled.connect(autocommit=False) as connection:
        edits.rename(connection, "node", "Quarry", "Pit", why="it was sold")
    apply_with_history(filled)
    for read in (wh.latest, wh.accuracy):
        with pytest.raises(wh.ReadError, match=r"Unknown node 'Quarry'.*The node Quarry is called Pit now\."):
            read("2026-04-01", node="Quarry")
