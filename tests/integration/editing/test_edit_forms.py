"""Edits by command, by notebook 09 and by its forms."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from warehouse.widgets import edit_actions, edit_forms

from loaders.database.connection import connect
from loaders.errors import WarehouseError
from loaders.reports.notebook_runner import execute, inject_parameters, read_notebook
from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.edited_grid import DAY, HOUR, NODES, NOON, deliver, events
from tests.support.forked_kernels import forked_kernels
from tests.support.scenarios import apply_with_history
from tests.support.warehouses import Warehouse


def command(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "loaders", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_commands_answer_with_one_line_and_an_exit_code(shared_warehouse: Warehouse, grid: str) -> None:
    where = ["--grid", grid, "--why", "the operator's name"]
    code, stated, _ = command("rename", "node", "N1", "Hub", *where)
    assert (code, stated) == (
        0,
        f"node {grid}/R1/N1 is now {grid}/R1/Hub. Show it in the marts with: warehouse build\n",
    )
    code, stated, error = command("move", "node", "Hub", "--to-region", "R3", *where)
    assert (code, stated, len(error.splitlines())) == (1, "", 1)
    code, stated, _ = command("correct", "2024-05-01T12:00Z=7.5", "2024-05-01T13:00Z=9e9", "--node", "Hub", *where)
    assert code == 1
    assert "1 -> 7.5 MW" in stated
    assert "is held: load_range" in stated
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
    with forked_kernels():
        execute(notebook, path)
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def test_the_notebook_changes_nothing_by_itself_and_makes_the_edit_it_was_given(
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


def test_what_cannot_be_edited_is_reported_with_what_can(built: str) -> None:
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
