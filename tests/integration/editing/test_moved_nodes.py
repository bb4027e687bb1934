"""A node that moved is read in the region that it was in when an interval began, as the roll-ups count it."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
import warehouse as wh

from loaders.registry import edits
from tests.support.edited_grid import HOUR, NODES, deliver
from tests.support.scenarios import apply_with_history
from tests.support.warehouses import Warehouse


def by_hour(frame: pd.DataFrame) -> list[float]:
    return frame.groupby("interval_start")["value"].sum().tolist()


def test_a_moved_node_is_read_where_it_was_and_by_a_word_where_it_is(
    shared_warehouse: Warehouse, session: Any, grid: str
) -> None:
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [this_hour + step * HOUR for step in (-2, -1, 0, 1, 2)]
    deliver(shared_warehouse, grid, NODES, hours, this_hour - 60 * HOUR)
    apply_with_history(shared_warehouse)
    before = wh.latest(hours[0], None, grid=grid, region="R1")
    assert set(before["region_name"]) == {"R1"}
    edits.move(session, "node", "N1", grid=grid, to_region="R2", why="the border moved")
    edits.rename(session, "region", "R2", "East", grid=grid, why="the operator's name")
    apply_with_history(shared_warehouse)
    moved_at = wh.node_history(grid=grid, node="N1")["valid_from"].max()
    was_east = [hour >= moved_at for hour in hours]
    assert set(was_east) == {False, True}

    end = hours[-1] + HOUR
    reads = {
        "latest": lambda **names: wh.latest(hours[0], end, grid=grid, **names),
        "as_of": lambda **names: wh.as_of(None, hours[0], end, grid=grid, **names),
        "at_cutoff": lambda **names: wh.at_cutoff("day-ahead", hours[0], end, grid=grid, **names),
        "at_cutoff, loaded": lambda **names: wh.at_cutoff("day-ahead", hours[0], end, grid=grid, loaded=end, **names),
    }
    for name, read in reads.items():
        for region in ("R1", "East"):
            rolled_up = wh.rollup("region", hours[0], end, grid=grid, region=region)["value"].tolist()
            assert by_hour(read(region=region)) == rolled_up, (name, region)
            assert set(read(region=region)["region_name"]) == {region}
        assert by_hour(read(region="R1", regions="today")) == [10.0] * 5, name
        assert by_hour(read(region="East", regions="today")) == [101.0] * 5, name
        node = read(node="N1").sort_values("interval_start")
        assert (node["region_name"] == "East").tolist() == was_east, name
        assert len(read(region="R1", node="N1")) == was_east.count(False), name
        assert len(read(region="R1", node="N1", limit=1)) == 1, name

    with pytest.raises(wh.ReadError, match="Unknown value of regions 'now'"):
        wh.latest(regions="now")
    with pytest.raises(wh.ReadError, match=r"Unknown node 'N1' in .*R1\. It exists in"):
        reads["latest"](region="R1", node="N1", regions="today")
