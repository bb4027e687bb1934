"""What every notebook keeps to, and what its charts draw; no database needed."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from loaders.settings import PROJECT_ROOT

NOTEBOOKS = PROJECT_ROOT / "notebooks"
sys.path.append(str(NOTEBOOKS))

import asking  # noqa: E402
import charts  # noqa: E402
import clock  # noqa: E402
from reading import ReadError  # noqa: E402

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
    code = "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
    assert [query for query in QUERY.findall(code) if query.count("\n") >= MOST_SQL_LINES] == []
    assert not re.search(r"\b(raw|staging)\.\w+", code)


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
    assert asking.choose(catalog(), **wanted).index.tolist() == found


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
        asking.choose(catalog(), **wanted)


def test_an_ambiguous_name_is_answered_with_the_candidates_and_what_tells_them_apart() -> None:
    with pytest.raises(ReadError) as raised:
        asking.choose_one(catalog(), node="Harbour", metric="load")
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
    found = asking.instant(given, "start")
    assert found == pd.Timestamp(utc)
    assert str(found.tz) == "UTC"


@pytest.mark.parametrize("given", ["noon", "", float("nan"), pd.NaT])
def test_what_is_not_a_moment_is_refused(given: object) -> None:
    with pytest.raises(ReadError, match="is not a moment"):
        asking.instant(given, "start")


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ReadError, match="is empty"):
        asking.span("2026-10-31", "2026-10-31")


def test_an_error_shows_in_jupyter_as_one_sentence() -> None:
    assert ReadError("There is no grid.")._render_traceback_() == ["ReadError: There is no grid."]


def test_a_time_axis_shows_the_local_clock_on_the_day_it_goes_back() -> None:
    start, end = pd.Timestamp("2026-11-01 04:00Z"), pd.Timestamp("2026-11-02 05:00Z")
    axis = clock.clock_axis(start, end, "America/New_York", "interval start").to_dict()
    labels = [" ".join(label) for label in json.loads(axis["labelExpr"].partition("[time(")[0]).values()]
    assert labels == [
        "00:00 Sun 01 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00 Mon 02 Nov"
    ]  # fmt: skip
    hours = [(pd.Timestamp(value, unit="ms", tz="UTC") - start) / pd.Timedelta("1h") for value in axis["values"]]
    assert hours == [0, 4, 7, 10, 13, 16, 19, 22, 25]


def frame(values: list[float | None], leads: list[float], **attrs: object) -> pd.DataFrame:
    start = pd.Timestamp("2026-10-31 18:00Z")
    collected = pd.Series([start - pd.Timedelta(hours=lead) for lead in leads])
    names = {"series_id": 1, "grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
    made = pd.DataFrame({**names, "interval_start": start, "interval_end": start + pd.Timedelta("1h"), "value": values,
                         "collected_at": collected, "known_to": collected.shift(-1)})  # fmt: skip
    made.attrs = {"time_zones": ["Europe/Berlin"], "read_at": "2026-11-20T08:00:00+00:00", **attrs}
    return made


def test_an_evolution_tells_forecasts_from_what_came_after_delivery() -> None:
    steps = charts._steps(frame([1.0, 2.0, 3.0, None, 3.5], [30, 6, -2, -8, -300]), pd.Timestamp("2026-10-31 19:00Z"))
    assert steps["kind"].tolist() == ["forecast", "last forecast", "after delivery", "withdrawn", "restated"]
    assert steps["level"].tolist() == [1.0, 2.0, 3.0, 3.0, 3.5]


def test_an_evolution_names_place_unit_hour_zone_and_moment_and_keeps_late_revisions_apart() -> None:
    drawn = charts.evolution(frame([1.0, 2.0, 3.0], [30, -2, -300])).to_dict()
    assert drawn["title"]["text"] == "G / R / N: power in kW, Sat 31 Oct 2026 19:00 to 20:00 CET"
    assert "latest, as read at Fri 20 Nov 2026 09:00 CET" in drawn["title"]["subtitle"]
    assert len(drawn["hconcat"]) == 2
    assert len(charts.evolution(frame([1.0, 2.0], [30, -2])).to_dict()["hconcat"]) == 1


def test_vintages_name_the_moment_of_each_line() -> None:
    drawn = charts.vintages(frame([1.0], [30], as_of="2026-10-30T08:00:00+00:00"), frame([2.0], [-2])).to_dict()
    color = drawn["layer"][0]["encoding"]["color"] if "layer" in drawn else drawn["encoding"]["color"]
    assert color["scale"]["domain"] == [
        "as known at Fri 30 Oct 2026 09:00 CET",
        "latest, as read at Fri 20 Nov 2026 09:00 CET",
    ]


def test_a_chart_of_nothing_or_of_two_series_says_so() -> None:
    one = frame([1.0], [30])
    with pytest.raises(ReadError, match="nothing to draw"):
        charts.vintages(one.head(0))
    with pytest.raises(ReadError, match="these rows hold 2"):
        charts.vintages(one, one.assign(series_id=2))
    with pytest.raises(ReadError, match="one interval"):
        charts.evolution(one.head(0))


def test_a_chart_renders_to_a_picture_without_the_network() -> None:
    import vl_convert

    drawn = charts.evolution(frame([1.0, 2.0, 3.0, None], [30, 5, -2, -300]))
    svg = vl_convert.vegalite_to_svg(drawn.to_dict())
    assert "Sat 31 Oct" in svg
    assert "collected at, Europe/Berlin" in svg
    assert svg.count("withdrawn") >= 1
