"""What every notebook keeps to, and how what is requested becomes exact; no database needed."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from warehouse.errors import ReadError

from loaders.jupyter import PAGES
from loaders.jupyter.kernel import Kernel
from loaders.settings import PROJECT_ROOT

NOTEBOOKS = PROJECT_ROOT / "notebooks"


PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
QUERY = re.compile(r"\bselect\b.*?\bfrom\b.*?(?=\"\"\"|'''|\Z)", re.IGNORECASE | re.DOTALL)
MOST_SQL_LINES = 5


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_there_is_a_notebook_to_start_with() -> None:
    assert "01_start_here" in [path.stem for path in PATHS]


@every_notebook
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []


@every_notebook
def test_a_notebook_carries_no_metadata_but_its_kernel_and_tags(path: Path) -> None:
    """JupyterLab compares it with what the kernel states, and asks to save a notebook where they differ."""
    notebook, stated = read(path), json.loads((PAGES / "kernels" / "python3" / "kernel.json").read_text())
    kernel = {"display_name": stated["display_name"], "language": stated["language"], "name": "python3"}
    assert notebook.metadata == {"kernelspec": kernel, "language_info": Kernel.language_info}
    assert {key for cell in notebook.cells for key in cell.metadata} <= {"tags"}


@every_notebook
def test_a_notebook_opens_with_its_question(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# .+\?\n", first.source)


@every_notebook
def test_a_notebook_has_one_cell_of_parameters_that_only_assigns(path: Path) -> None:
    tagged = [cell for cell in read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert all(re.match(r"\w+ = ", line) for line in tagged[0].source.splitlines())


@every_notebook
def test_a_notebook_asserts_something_about_its_answer(path: Path) -> None:
    assert any(re.search(r"^assert ", cell.source, re.MULTILINE) for cell in read(path).cells)


@every_notebook
def test_a_notebook_holds_no_long_sql_and_reads_no_schema_but_marts(path: Path) -> None:
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    queries = [query for cell in cells for query in QUERY.findall(cell)]
    assert [query for query in queries if query.count("\n") >= MOST_SQL_LINES] == []
    assert not re.search(r"\b(raw|staging)\.\w+", "\n\n".join(cells))


def test_an_error_shows_in_jupyter_as_one_sentence() -> None:
    assert ReadError("There is no grid.")._render_traceback_() == ["ReadError: There is no grid."]
