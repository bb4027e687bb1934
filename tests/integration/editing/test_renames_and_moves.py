"""Names and places changed by hand: what the marts, the history and the registry's events say afterwards."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from loaders import bootstrap as up
from loaders.errors import RegistryError, UsageError
from loaders.ingest.corrections import correct
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.ingest.storage.store import Delivery, store_delivery
from loaders.registry import edits as hierarchy
from tests.support.edited_grid import DAY, HOUR, NODES, NOON, deliver, events, node_id
from tests.support.scenarios import apply_with_history
from tests.support.warehouses import Warehouse, canonical


@pytest.mark.sql
def test_a_rename_and_a_move_keep_the_node_and_say_who_and_why(shared_warehouse: Warehouse, session, grid: str) -> None:
    before = node_id(shared_warehouse, grid, "R1", "N1")
    hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="the operator's name", who="ann")
    hierarchy.move(session, "node", "Hub", grid=grid, to_region="R2", why="the border moved")
    assert node_id(shared_warehouse, grid, "R2", "Hub") == before
    user = session.execute("select session_user").fetchone()[0]
    assert events(shared_warehouse, grid) == [
        ("node", "renamed", [grid, "R1", "N1"], [grid, "R1", "Hub"], "ann", "the operator's name"),
        ("node", "moved", [grid, "R1", "Hub"], [grid, "R2", "Hub"], user, "the border moved"),
    ]


def test_roll_ups_count_a_moved_node_where_it_was_and_history_keeps_its_names(
    shared_warehouse: Warehouse, session, grid: str
) -> None:
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [this_hour + step * HOUR for step in (-2, -1, 0, 1, 2)]
    deliver(shared_warehouse, grid, NODES, hours, this_hour - 3 * HOUR)
    apply_with_history(shared_warehouse)
    hierarchy.move(session, "node", "N1", grid=grid, to_region="R2", why="the border moved")
    hierarchy.rename(session, "node", "N3", "Hub", grid=grid, why="the operator's name")
    hierarchy.rename(session, "region", "R2", "East", grid=grid, why="the operator's name")
    apply_with_history(shared_warehouse)
    history = shared_warehouse.query(
        "select node_name, region_name, valid_from, valid_to from marts.dim_node_history"
        " where grid_name = %s and node_id = any(%s) order by node_id, valid_from nulls first",
        grid,
        [node_id(shared_warehouse, grid, "East", name) for name in ("N1", "Hub")],
    )
    moment = history[0][3]
    assert datetime.now(UTC) - timedelta(minutes=5) < moment < datetime.now(UTC)
    assert history == [
        ("N1", "R1", None, moment),
        ("N1", "East", moment, None),
        ("N3", "R2", None, moment),
        ("Hub", "East", moment, None),
    ]
    sums = shared_warehouse.query(
        "select region_name, interval_start, value, nodes_expected from marts.fct_region_hourly"
        " where grid_name = %s and interval_start >= %s order by 1, 2",
        grid,
        hours[0],
    )
    east = [(100.0, 1) if hour < moment else (101.0, 2) for hour in hours]
    r1 = [(11.0, 2) if hour < moment else (10.0, 1) for hour in hours]
    assert [row[2:] for row in sums] == [*east, *r1]
    assert {len(set(east)), len(set(r1))} == {2}
    assert [row[0] for row in sums] == ["East"] * 5 + ["R1"] * 5


@pytest.mark.sql
def test_the_same_change_again_changes_nothing(shared_warehouse: Warehouse, session, grid: str) -> None:
    for again in (False, True):
        done = [
            hierarchy.add(session, "node", "N9", grid=grid, region="R1", why="new"),
            hierarchy.rename(session, "node", "N1", "Hub", grid=grid, region="R1", why="the operator's name"),
            hierarchy.move(session, "node", "N2", grid=grid, region="R1", to_region="R2", why="the border moved"),
            hierarchy.rename(session, "node", "N3", "N3", grid=grid, why="none"),
        ]
        assert [change.changed for change in done] == [not again] * 3 + [False]
    assert [row[1] for row in events(shared_warehouse, grid)] == ["added", "renamed", "moved"]


@pytest.mark.sql
def test_a_name_that_is_free_again_can_be_renamed_again(shared_warehouse: Warehouse, session, grid: str) -> None:
    hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="the operator's name")
    hierarchy.add(session, "node", "N1", grid=grid, region="R1", why="a new one of the old name")
    with pytest.raises(RegistryError, match=r"The node 'Hub' already exists in .*/R1\. Choose another name"):
        hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")
    hierarchy.rename(session, "node", "N1", "Hub2", grid=grid, why="x")
    assert node_id(shared_warehouse, grid, "R1", "Hub2") is not None


@pytest.mark.sql
def test_regions_move_and_grids_are_renamed_with_all_that_is_in_them(
    shared_warehouse: Warehouse, session, grid: str
) -> None:
    other, node = f"{grid}-other", node_id(shared_warehouse, grid, "R1", "N1")
    hierarchy.add(session, "grid", other, time_zone="Europe/Berlin", why="a new operator")
    hierarchy.move(session, "region", "R1", grid=grid, to_grid=other, why="sold")
    hierarchy.rename(session, "grid", other, f"{grid}-new", why="merged")
    assert node_id(shared_warehouse, f"{grid}-new", "R1", "N1") == node


@pytest.mark.sql
@pytest.mark.parametrize(
    ("change", "arguments", "stated"),
    [
        ("rename", ("node", "N11", "Hub"), "Unknown node 'N11' in GRID. Did you mean N1?"),
        ("rename", ("node", "N1", "N2"), "The node 'N2' already exists in GRID/R1. Choose another name"),
        ("rename", ("region", "R1", "R2"), "The region 'R2' already exists in GRID."),
        ("rename", ("nod", "N1", "N2"), "Unknown type 'nod'. Did you mean node?"),
        ("rename", ("node", "N1", "  "), "The node name must not be empty."),
        ("move", ("node", "N1"), "The target is missing. Name the region that the node moves to."),
        ("move", ("node", "N1", "R3"), "Unknown region 'R3' in GRID. Available: R1, R2."),
        ("move", ("grid", "G"), "A grid has no parent"),
        ("add", ("node", "N4", "R3"), "Unknown region 'R3' in GRID. Available: R1, R2."),
        ("add", ("node", "N4"), "The parent is missing. Name the region of the new node."),
        ("add", ("grid", "G"), "A new grid needs a time zone"),
        ("add", ("grid", "G", "Mars/Base"), "'Mars/Base' is not an IANA time zone"),
    ],
)
def test_what_cannot_be_changed_is_answered_in_one_sentence(
    shared_warehouse: Warehouse, session, grid: str, change: str, arguments: tuple, stated: str
) -> None:
    kind, name, *rest = arguments
    where = {"grid": grid}
    if change == "rename":
        rest, where = [rest[0]], where if kind != "grid" else {}
    elif rest:
        where[{"move": "to_region", "add": "time_zone" if kind == "grid" else "region"}[change]] = rest.pop()
    with pytest.raises((RegistryError, UsageError)) as raised:
        getattr(hierarchy, change)(session, kind, name, *rest, why="x", **where)
    assert stated.replace("GRID", grid) in str(raised.value)
    assert events(shared_warehouse, grid) == []


@pytest.mark.sql
def test_no_change_goes_without_a_reason(session, grid: str) -> None:
    for change in (hierarchy.add, hierarchy.move):
        with pytest.raises(UsageError, match="needs a reason"):
            change(session, "node", "N1", grid=grid, why=" ")
    with pytest.raises(UsageError, match="needs a reason"):
        correct({NOON: 1.0}, grid=grid, node="N1", why="")


def load_slowly(warehouse: Warehouse, grid: str, pause, create_missing: bool) -> int:
    """One load of N1 and, where they are created, of a new node N8, during which `pause` is called once."""
    rows = [
        {"grid": grid, "region": "R1", "node": node, "metric": "load", "interval_start": DAY, "collected_at": DAY,
         "value": 5.0}
        for node in (["N1", "N8"] if create_missing else ["N1"])
    ]  # fmt: skip
    name = f"slow://{uuid.uuid4()}"
    delivery = Delivery(
        batches=[canonical(pd.DataFrame(rows))],
        source="test",
        format="long",
        uri=name,
        content_hash=name,
        collected_at_basis="published",
        started_at=datetime.now(UTC),
        defaults=DeliveryDefaults("test", create_missing=create_missing),
    )
    calls = iter([pause])
    with warehouse.connect(autocommit=False) as connection:
        result = store_delivery(connection, delivery, warehouse.connect, lambda rows: next(calls, lambda: None)())
    assert result.rows_rejected == 0
    return result.load_id


@pytest.mark.sql
def test_a_rename_in_the_middle_of_a_load_breaks_neither(shared_warehouse: Warehouse, session, grid: str) -> None:
    node = node_id(shared_warehouse, grid, "R1", "N1")
    load = load_slowly(
        shared_warehouse, grid, lambda: hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x"), False
    )
    stored = shared_warehouse.query(
        "select node_id from raw.measures join raw.series using (series_id) where load_id = %s", load
    )
    assert stored == [(node,)]
    assert node_id(shared_warehouse, grid, "R1", "Hub") == node


@pytest.mark.sql
def test_a_rename_waits_for_a_load_that_registers_names(shared_warehouse: Warehouse, grid: str) -> None:
    finished = threading.Event()

    def rename() -> None:
        with shared_warehouse.connect() as connection:
            hierarchy.rename(connection, "node", "N8", "Hub", grid=grid, why="x")
        finished.set()

    with ThreadPoolExecutor(1) as pool:

        def pause() -> None:
            pause.future = pool.submit(rename)
            assert not finished.wait(0.5)

        load_slowly(shared_warehouse, grid, pause, True)
        pause.future.result(timeout=20)
    assert node_id(shared_warehouse, grid, "R1", "Hub") is not None


@pytest.mark.sql
def test_a_change_does_not_wait_for_ever(
    shared_warehouse: Warehouse, session, grid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hierarchy, "LOCK_TIMEOUT", "100ms")
    with shared_warehouse.connect() as other:
        other.execute("select pg_advisory_lock(%s)", [hierarchy.REGISTRY_LOCK])
        with pytest.raises(RegistryError, match="Another process has been registering names"):
            hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")


@pytest.mark.sql
def test_of_renames_at_the_same_moment_one_wins(shared_warehouse: Warehouse, grid: str) -> None:
    together = threading.Barrier(6)

    def rename(number: int) -> str:
        with shared_warehouse.connect() as connection:
            together.wait(20)
            try:
                return hierarchy.rename(connection, "node", "N1", f"X{number}", grid=grid, why="x").sentence
            except RegistryError as error:
                return str(error)

    with ThreadPoolExecutor(6) as pool:
        stated = sorted(pool.map(rename, range(6)))
    assert [sentence.partition(" in ")[0] for sentence in stated[:5]] == ["Unknown node 'N1'"] * 5
    assert stated[5].startswith(f"node {grid}/R1/N1 is now {grid}/R1/X")
    assert len(events(shared_warehouse, grid)) == 1


@pytest.mark.sql
def test_a_rename_is_a_reason_to_build_again(shared_warehouse: Warehouse, session, grid: str) -> None:
    before = up._fingerprint()
    hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")
    assert up._fingerprint() != before
