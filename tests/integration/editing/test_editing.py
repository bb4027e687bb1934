"""Names and places changed by hand, and values put right: what the marts, the history and the ledger say afterwards."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from warehouse.widgets import edit_actions, edit_forms

from loaders import bootstrap as up
from loaders.database.connection import connect
from loaders.errors import LoadError, RegistryError, UsageError, WarehouseError
from loaders.ingest.corrections import Correction, correct
from loaders.ingest.series_matching import DeliveryDefaults
from loaders.ingest.storage.store import Delivery, store_delivery
from loaders.registry import edits as hierarchy
from loaders.registry.locations import read_locations
from loaders.reports.notebook_runner import execute, inject_parameters, read_notebook
from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.scenarios import apply_with_history
from tests.support.warehouses import Warehouse, canonical

HOUR = timedelta(hours=1)
DAY = datetime(2024, 5, 1, tzinfo=UTC)
NOON = DAY + 12 * HOUR
NODES = [("R1", "N1"), ("R1", "N2"), ("R2", "N3")]


@pytest.fixture
def grid(shared_warehouse: Warehouse) -> str:
    """A grid of its own for each test: two regions, three nodes, a day of load."""
    name = f"grid-{uuid.uuid4().hex[:8]}"
    hours = [DAY + hour * HOUR for hour in range(24)]
    deliver(shared_warehouse, name, NODES, hours, DAY - HOUR)
    return name


def deliver(warehouse: Warehouse, grid: str, nodes: list[tuple[str, str]], hours: list[datetime], at: datetime) -> int:
    rows = [
        {"grid": grid, "region": region, "node": node, "metric": "load", "interval_start": hour, "collected_at": at,
         "value": float(10 ** place)}
        for place, (region, node) in enumerate(nodes)
        for hour in hours
    ]  # fmt: skip
    return warehouse.deliver(pd.DataFrame(rows)).load_id


@pytest.fixture
def session(shared_warehouse: Warehouse) -> Iterator:
    with shared_warehouse.connect(autocommit=False) as connection:
        yield connection


def node_id(warehouse: Warehouse, grid: str, region: str, node: str) -> int | None:
    with warehouse.connect() as connection:
        return read_locations(connection, "node").get((grid, region, node))


def events(warehouse: Warehouse, grid: str) -> list[tuple]:
    return warehouse.query(
        "select kind, change, old_names, new_names, who, why from raw.registry_events where new_names[1] = %s"
        " order by event_id",
        grid,
    )


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


def test_a_name_that_is_free_again_can_be_renamed_again(shared_warehouse: Warehouse, session, grid: str) -> None:
    hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="the operator's name")
    hierarchy.add(session, "node", "N1", grid=grid, region="R1", why="a new one of the old name")
    with pytest.raises(RegistryError, match=r"The node 'Hub' already exists in .*/R1\. Choose another name"):
        hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")
    hierarchy.rename(session, "node", "N1", "Hub2", grid=grid, why="x")
    assert node_id(shared_warehouse, grid, "R1", "Hub2") is not None


def test_regions_move_and_grids_are_renamed_with_all_that_is_in_them(
    shared_warehouse: Warehouse, session, grid: str
) -> None:
    other, node = f"{grid}-other", node_id(shared_warehouse, grid, "R1", "N1")
    hierarchy.add(session, "grid", other, time_zone="Europe/Berlin", why="a new operator")
    hierarchy.move(session, "region", "R1", grid=grid, to_grid=other, why="sold")
    hierarchy.rename(session, "grid", other, f"{grid}-new", why="merged")
    assert node_id(shared_warehouse, f"{grid}-new", "R1", "N1") == node


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
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
    shared_warehouse: Warehouse, session, grid: str, change: str, arguments: tuple, said: str
) -> None:
    kind, name, *rest = arguments
    where = {"grid": grid}
    if change == "rename":
        rest, where = [rest[0]], where if kind != "grid" else {}
    elif rest:
        where[{"move": "to_region", "add": "time_zone" if kind == "grid" else "region"}[change]] = rest.pop()
    with pytest.raises((RegistryError, UsageError)) as raised:
        getattr(hierarchy, change)(session, kind, name, *rest, why="x", **where)
    assert said.replace("GRID", grid) in str(raised.value)
    assert events(shared_warehouse, grid) == []


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


def test_a_change_does_not_wait_for_ever(
    shared_warehouse: Warehouse, session, grid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hierarchy, "LOCK_TIMEOUT", "100ms")
    with shared_warehouse.connect() as other:
        other.execute("select pg_advisory_lock(%s)", [hierarchy.REGISTRY_LOCK])
        with pytest.raises(RegistryError, match="Another process has been registering names"):
            hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")


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
        said = sorted(pool.map(rename, range(6)))
    assert [sentence.partition(" in ")[0] for sentence in said[:5]] == ["Unknown node 'N1'"] * 5
    assert said[5].startswith(f"node {grid}/R1/N1 is now {grid}/R1/X")
    assert len(events(shared_warehouse, grid)) == 1


def test_a_rename_is_a_reason_to_build_again(shared_warehouse: Warehouse, session, grid: str) -> None:
    before = up._fingerprint()
    hierarchy.rename(session, "node", "N1", "Hub", grid=grid, why="x")
    assert up._fingerprint() != before


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


def test_a_correction_is_a_revision_of_the_same_series_and_the_ledger_says_who_and_why(
    shared_warehouse: Warehouse, grid: str
) -> None:
    begun = datetime.now(UTC)
    done = put_right(grid, 7.5)
    assert (done.status, done.values[0].before, done.values[0].value, done.unit) == ("accepted", 1.0, 7.5, "MW")
    assert latest(shared_warehouse, grid) == [(7.5, done.load_id)]
    revisions = shared_warehouse.query(
        "select value, load_id = %s, collected_at between %s and now() from marts.fct_measure_revisions"
        " where grid_name = %s and node_name = 'N1' and source = 'test' and interval_start = %s order by collected_at",
        done.load_id,
        begun,
        grid,
        NOON,
    )
    assert revisions == [(1.0, False, False), (7.5, True, True)]
    load = "select source, collected_at_basis, uri like 'correction://ann/%%' from marts.dim_load where load_id = %s"
    assert shared_warehouse.query(load, done.load_id) == [("correction", "observed", True)]
    told = "select status, who, why from marts.fct_load_events where load_id = %s order by event_id"
    pending, accepted = shared_warehouse.query(told, done.load_id)
    assert pending == ("pending", "ann", "the meter was read twice")
    assert accepted[0] == "accepted"
    assert accepted[2].startswith("gate: passed")


def test_the_same_correction_again_is_not_stored_again(shared_warehouse: Warehouse, grid: str) -> None:
    put_right(grid, 7.5)
    again = put_right(grid, 7.5)
    assert (again.load_id, again.status, again.values) == (None, "unchanged", [])
    assert put_right(grid, 8.5).values[0].before == 7.5
    assert put_right(grid, 7.5).status == "accepted"  # back again: a revision of its own


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


@pytest.mark.parametrize(
    ("values", "more", "error", "said"),
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
    shared_warehouse: Warehouse, grid: str, values: dict, more: dict, error: type, said: str
) -> None:
    before = shared_warehouse.query("select count(*) from raw.loads")
    with pytest.raises(error) as raised:
        correct(values, **{"grid": grid, "node": "N1", "why": "x", **more})
    assert said.replace("GRID", grid) in str(raised.value)
    assert shared_warehouse.query("select count(*) from raw.loads") == before


def test_a_first_value_is_entered_when_asked_for(shared_warehouse: Warehouse, grid: str) -> None:
    start = NOON + 24 * HOUR
    done = correct({start: 6.0}, grid=grid, node="N1", why="the file never came", new=True)
    assert done.values[0].before is None
    assert latest(shared_warehouse, grid, start) == [(6.0, done.load_id)]


def command(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "loaders", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_commands_answer_with_one_line_and_an_exit_code(shared_warehouse: Warehouse, grid: str) -> None:
    where = ["--grid", grid, "--why", "the operator's name"]
    code, said, _ = command("rename", "node", "N1", "Hub", *where)
    assert (code, said) == (
        0,
        f"node {grid}/R1/N1 is now {grid}/R1/Hub. Show it in the marts with: warehouse build\n",
    )
    code, said, error = command("move", "node", "Hub", "--to-region", "R3", *where)
    assert (code, said, len(error.splitlines())) == (1, "", 1)
    code, said, _ = command("correct", "2024-05-01T12:00Z=7.5", "2024-05-01T13:00Z=9e9", "--node", "Hub", *where)
    assert code == 1
    assert "1 -> 7.5 MW" in said
    assert "is held: load_range" in said
    assert command("correct", "2024-05-01T12:00Z", "--node", "Hub", *where)[0] == 2
    assert command("rename", "node", "Hub", "N1", "--grid", grid)[0] == 2


@pytest.fixture(scope="module")
def built(shared_warehouse: Warehouse) -> str:
    """A grid whose dimensions are built, for what reads the marts."""
    name = f"grid-{uuid.uuid4().hex[:8]}"
    deliver(shared_warehouse, name, NODES, [DAY + hour * HOUR for hour in range(24)], DAY - HOUR)
    apply_with_history(shared_warehouse)
    return name


def run_manage(**parameters: object) -> str:
    path = NOTEBOOKS / "09_manage.ipynb"
    notebook = inject_parameters(read_notebook(path), parameters)
    execute(notebook, path)
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def test_the_notebook_changes_nothing_by_itself_and_makes_the_edit_it_is_told(
    shared_warehouse: Warehouse, built: str
) -> None:
    arguments = {"kind": "node", "grid": built, "region": "R2", "name": "N3", "new_name": "Hub"}
    everything = "select (select count(*) from raw.load_events), (select count(*) from raw.registry_events)"
    before = shared_warehouse.query(everything)
    assert "Nothing is changed." in run_manage(arguments=arguments, why="the operator's name")
    assert shared_warehouse.query(everything) == before
    assert f"{built}/R2/N3 is now {built}/R2/Hub" in run_manage(
        apply=True, arguments=arguments, why="the operator's name"
    )
    assert len(events(shared_warehouse, built)) == 1


def test_what_cannot_be_edited_is_told_with_what_can(built: str) -> None:
    with pytest.raises(WarehouseError, match=r"Unknown action 'delete'\. Use one of add, rename, move"):
        edit_actions.edit("delete", {})
    with pytest.raises(WarehouseError, match="rename does not accept name: missing a required argument"):
        edit_actions.edit("rename", {"name": "N1"}, "x")


def choose(picker: edit_forms.Picker, words: str) -> None:
    picker.search.value = words
    [(_, value)] = picker.list.options
    picker.list.value = value


def test_the_forms_find_edit_and_answer(shared_warehouse: Warehouse, built: str) -> None:
    rename, move, add, correction, decide, _ = edit_forms.forms().children
    choose(rename.location, f"node {built} n1")
    rename.new_name.value = "Harbour"
    rename.buttons[0].click()
    assert "needs a reason" in rename.answer.value
    rename.why.value = "the <b>operator's</b> name"
    rename.buttons[0].click()
    assert f"{built}/R1/N1 is now {built}/R1/Harbour" in rename.answer.value
    assert rename.why.value == ""
    choose(move.location, f"node {built} harbour")  # the other forms know the new name
    choose(move.to, f"region {built} r2")
    move.why.value = "the border moved"
    move.buttons[0].click()
    choose(add.parent, f"region {built} r1")
    add.name.value, add.why.value = "New", "built last week"
    add.buttons[0].click()
    assert "was added" in add.answer.value
    assert [row[1] for row in events(shared_warehouse, built)][-3:] == ["renamed", "moved", "added"]
    correct_by_form(correction, built)
    assert latest_of(shared_warehouse, built, "N2") == [(12.5,)]
    choose(decide.load, f"correction {built} N2")
    decide.why.value = "a test"
    decide.buttons[1].click()
    assert "is withdrawn" in decide.answer.value
    assert latest_of(shared_warehouse, built, "N2") == [(10.0,)]


def correct_by_form(form: edit_forms.Correct, grid: str) -> None:
    choose(form.series, f"{grid} n2 load")
    form.day.value = "2024-05-01"
    assert len(form.interval.options) == 24
    label, start = form.interval.options[12]
    assert label == "Wed 01 May 2024 12:00 UTC   10 MW"
    form.interval.value = start
    form.value.value, form.why.value = "much", "read twice"
    form.buttons[0].click()
    assert "'much' is not a valid number" in form.answer.value.replace("&#x27;", "'")
    form.value.value = "12.5"
    form.buttons[0].click()
    assert "10 -&gt; 12.5 MW" in form.answer.value


def latest_of(warehouse: Warehouse, grid: str, node: str) -> list[tuple]:
    warehouse.apply_loads()
    return warehouse.query(
        "select value from marts.fct_measures_latest where grid_name = %s and node_name = %s and interval_start = %s",
        grid, node, NOON,
    )  # fmt: skip


def test_no_password_stands_in_the_notebook_or_its_modules() -> None:
    widgets = Path("warehouse") / "widgets"
    names = ("09_manage.ipynb", widgets / "edit_forms.py", widgets / "edit_actions.py")
    texts = [(NOTEBOOKS / name).read_text() for name in names]
    assert not any("password" in text.casefold() for text in texts)
    assert all(connect.__name__ in text for text in texts[2:])
