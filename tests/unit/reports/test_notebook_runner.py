"""What a notebook lets its caller set, and what stops it; no database."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
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


RUN = """
import sys
from pathlib import Path
from loaders.errors import NotebookError
from loaders.reports import notebook_runner
notebook_runner.reader_environment = lambda: {}
folder = Path(sys.argv[1])
try:
    notebook_runner.run_notebooks(folder=folder, output=folder / "out")
except NotebookError as error:
    sys.exit(f"error: {error}")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_notebook_and_its_kernel_with_one_sentence(tmp_path: Path, number: signal.Signals) -> None:
    mark = tmp_path / "kernel"
    source = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(100)"
    nbformat.write(new_notebook(cells=[new_code_cell("1"), new_code_cell(source)]), tmp_path / "01_long.ipynb")
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 100
        while not (mark.is_file() and mark.read_text()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(number)
        _, messages = process.communicate(timeout=60)
    assert process.returncode == 1
    assert messages.startswith("error: Notebook 01_long.ipynb failed at cell 2 of 2: it was stopped from outside")
    assert messages.count("\n") == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
