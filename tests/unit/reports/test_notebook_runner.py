"""What a notebook lets its caller set; no database, no kernel."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from loaders.errors import NotebookError
from loaders.reports.notebook_runner import (
    declared_parameters,
    inject_parameters,
    numbered_notebooks,
    read_parameter,
)


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("17", None, 17), ("1.5", None, 1.5), ("None", 3, None), ("True", False, True), ("Grid1", None, "Grid1"),
        ("2026-10-31", None, "2026-10-31"), ("09:00", None, "09:00"), ("['a', 'b']", None, ["a", "b"]),
        ("17", "09:00", "17"), ("'17'", None, "17"), ("__import__('os')", None, "__import__('os')"), ("", None, ""),
    ],
)  # fmt: skip
def test_a_parameter_is_read_as_python_would_or_is_text(text: str, default: object, value: object) -> None:
    assert read_parameter(text, default) == value


def notebook_with(source: str, tags: list[str]) -> object:
    cells = [new_code_cell("a = 7"), new_code_cell(source, metadata={"tags": tags}), new_code_cell("c = 9")]
    return new_notebook(cells=cells)


def test_the_tagged_cell_declares_the_parameters_and_their_defaults() -> None:
    notebook = notebook_with('node = None  # which\nclock = "09:00"\n', ["parameters"])
    assert declared_parameters(notebook, "n") == {"node": None, "clock": "09:00"}
    assert declared_parameters(notebook_with("b = 1", []), "n") == {}
    with pytest.raises(NotebookError, match="not plain assignments"):
        declared_parameters(notebook_with("b = now()", ["parameters"]), "n")


def test_other_values_come_right_behind_the_tagged_cell_and_are_only_values() -> None:
    evil = '"; raise SystemExit #\\\n'
    notebook = inject_parameters(notebook_with("b = 1", ["parameters"]), {"b": evil})
    assert [cell.source for cell in notebook.cells][0::3] == ["a = 7", "c = 9"]
    names: dict[str, object] = {}
    exec(notebook.cells[2].source, names)
    assert names["b"] == evil


def test_the_notebooks_of_the_project_are_those_with_a_number(tmp_path: Path) -> None:
    for name in ("02_later", "01_first", "my notes", "1_mine", "2026_plan"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    assert numbered_notebooks(tmp_path) == ["01_first", "02_later"]
    assert "01_start_here" in numbered_notebooks()
