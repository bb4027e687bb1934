"""What every notebook keeps to, and how what is asked becomes exact; no database needed."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from warehouse import arguments
from warehouse.session import ReadError

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
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
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


def catalog() -> pd.DataFrame:
    rows = [
        (1, "North", 1, "Coast", 1, "Harbour", "load", "a"),
        (1, "North", 1, "Coast", 2, "Dock", "load", "a"),
        (2, "South", 2, "Coast", 3, "Harbour", "load", "a"),
        (2, "South", 2, "Coast", 3, "Harbour", "price", "b"),
    ]
    columns = ["grid_id", "grid_name", "region_id", "region_name", "node_id", "node_name", "metric", "source"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [0, 1, 2, 3]),
        ({"grid": "North"}, [0, 1]),
        ({"grid": 2, "metric": "price"}, [3]),
        ({"node": ["Dock", 3]}, [1, 2, 3]),
        ({"region": "Coast", "node": "Harbour", "metric": ["load"]}, [0, 2]),
        ({"source": ("a", "b"), "grid": ["South"]}, [2, 3]),
    ],
)
def test_names_and_ids_narrow_and_several_of_a_level_are_alternatives(wanted: dict, found: list[int]) -> None:
    assert arguments.select_rows(catalog(), **wanted).index.tolist() == found


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"grid": "Nroth"}, "no grid 'Nroth'; did you mean North"),
        ({"node": "harbour"}, "did you mean Harbour?"),
        ({"grid": "North", "node": 3}, "no node 3 in North; it is found with South/Coast; there are Dock, Harbour."),
        ({"metric": "zzz"}, "no metric 'zzz'; there are load, price."),
        ({"metric": 1}, "a metric is known by its name"),
        ({"grid": True}, "grid=True cannot be looked up"),
        ({"grid": []}, "empty list"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(wanted: dict, said: str) -> None:
    with pytest.raises(ReadError, match=re.escape(said)):
        arguments.select_rows(catalog(), **wanted)


def test_an_ambiguous_name_is_answered_with_the_candidates_and_what_tells_them_apart() -> None:
    with pytest.raises(ReadError) as raised:
        arguments.select_one(catalog(), node="Harbour", metric="load")
    said = "North/Coast/Harbour load (a), South/Coast/Harbour load (a); say which by grid"
    assert said in str(raised.value)
    assert "source" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-10-30 09:00", "2026-10-30T09:00Z"),
        ("2026-10-30T09:00-04:00", "2026-10-30T13:00Z"),
        (pd.Timestamp("2026-10-30 09:00", tz="Europe/Berlin"), "2026-10-30T08:00Z"),
        (pd.Timestamp("2026-10-30").to_pydatetime(), "2026-10-30T00:00Z"),
    ],
)
def test_a_moment_without_an_offset_is_utc_and_one_with_it_is_kept(given: object, utc: str) -> None:
    found = arguments.parse_timestamp(given, "start")
    assert found == pd.Timestamp(utc)
    assert str(found.tz) == "UTC"


@pytest.mark.parametrize("given", ["noon", "", float("nan"), pd.NaT])
def test_what_is_not_a_moment_is_refused(given: object) -> None:
    with pytest.raises(ReadError, match="is not a moment"):
        arguments.parse_timestamp(given, "start")


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ReadError, match="is empty"):
        arguments.parse_range("2026-10-31", "2026-10-31")


def test_an_error_shows_in_jupyter_as_one_sentence() -> None:
    assert ReadError("There is no grid.")._render_traceback_() == ["ReadError: There is no grid."]
