"""The sample data are loaded again after a person edited their names: nothing that the person did is undone."""

from loaders.demo.seed_loader import load_seed
from loaders.registry import edits
from tests.support.warehouses import Warehouse

NODES = "select node_id, region_id, node_name from raw.nodes order by node_id"


def test_loading_the_sample_again_brings_no_old_name_back(empty_warehouse: Warehouse) -> None:
    load_seed(1, 7)
    before = empty_warehouse.query(NODES)
    with empty_warehouse.connect(autocommit=False) as connection:
        edits.rename(connection, "node", "Node1", "Main", grid="Grid1", region="Region1", why="test")
    renamed = empty_warehouse.query(NODES)
    assert len(renamed) == len(before)
    assert renamed != before
    again = load_seed(2, 7)
    assert empty_warehouse.query(NODES) == renamed
    [new] = [outcome.result for outcome in again if not outcome.result.already_stored]
    [notice] = new.notices
    assert "the node Grid1/Region1/Node1 is called Grid1/Region1/Main since 20" in notice
    reasons = "select distinct reason, payload ->> 'node' from raw.rejected_rows where load_id = %s"
    assert empty_warehouse.query(reasons, new.load_id) == [("unknown_node", "Node1")]
