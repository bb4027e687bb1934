"""The dashboard's numbers on a handful of rows whose answers are known by heart; no browser."""

import base64
import html
import io
import re
import shutil
from datetime import date
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import warehouse as wh
from comm import DummyComm
from warehouse.widgets import view_links
from warehouse.widgets.dashboard import Dashboard
from warehouse.widgets.html import format_difference, format_number

from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.reports.notebook_runner import run_notebooks
from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.forked_kernels import forked_kernels
from tests.support.warehouses import Warehouse, changed_environment

ZONE = "Europe/Berlin"
START = pd.Timestamp("2026-03-29", tz=ZONE).tz_convert("UTC")  # the clocks go forward: a day of 23 hours
HOURS = pd.date_range(START, periods=23, freq="1h")
EVENING, NOON = pd.Timestamp("2026-03-28 18:00:20Z"), pd.Timestamp("2026-03-29 12:00:40Z")


def rows(values: float, collected: pd.Timestamp, hours: pd.DatetimeIndex = HOURS, node: str = "N1") -> pd.DataFrame:
    place = {"grid": "G", "region": "R", "node": node, "metric": "load"}
    return pd.DataFrame({**place, "interval_start": hours, "collected_at": collected, "value": values})


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """20 hours are forecast at 100 in the evening, all are 90 at noon; a second node has one hour of another day."""
    defaults = DeliveryDefaults("test", create_missing=True, time_zone=lambda grid: ZONE)
    first = pd.concat([rows(100.0, EVENING, HOURS[:20]), rows(90.0, NOON)])
    other = rows(7.0, EVENING, pd.DatetimeIndex(["2026-02-01 12:00Z"]), "N2")
    shared_warehouse.deliver(pd.concat([first, other]), defaults=defaults)
    shared_warehouse.build("--resource-type", "model")
    return shared_warehouse


def shown(board: Dashboard, key: str) -> str:
    return re.search(rf'data-number="{key}">([^<]*)<', board.parts["numbers"].value)[1]


def test_it_starts_at_the_moment_requested_for_and_compares_the_same_intervals(filled: Warehouse) -> None:
    board = Dashboard(as_of="2026-03-28 18:00:20", node="N1")
    assert board.slider.label == "Sat 28 Mar 2026 19:00 CET (20.000000 s)"
    assert [shown(board, key) for key in ("mean", "peak", "known", "since")] == [
        "100.00 MW", "100.00 MW", "20 of 23", "23"
    ]  # fmt: skip
    assert "was 100.00 MW over 20 of 23 intervals with a value" in board.sentence
    assert "the same intervals have a mean of 90.00 MW, 10.00 MW less. 23 revisions have come since." in board.sentence
    assert board.parts["rows"].value.count("<tr>") == 1 + 20


def test_its_slider_offers_the_minutes_in_which_something_was_collected(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    labels = [label for label, _ in board.slider.options]
    assert labels == ["Sat 28 Mar 2026 19:01 CET", "Sun 29 Mar 2026 14:01 CEST"]
    board.slider.index = 1
    assert [shown(board, key) for key in ("mean", "known", "since")] == ["90.00 MW", "23 of 23", "0"]
    assert board.compared.at == board.slider.value


def test_before_anything_was_known_it_says_so(filled: Warehouse) -> None:
    board = Dashboard(as_of="2026-03-01", node="N1")
    assert "there were no values of load at G / R / N1. 43 revisions came later." in board.sentence
    assert [shown(board, key) for key in ("mean", "known", "since")] == ["-", "0 of 23", "43"]
    assert "<svg" in board.parts["picture"].value


def test_a_choice_changes_the_days_only_where_the_new_series_has_none(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    board.menus["node"].value = "N2"
    assert (board.first.value, board.last.value) == (date(2026, 2, 1), date(2026, 2, 1))
    assert shown(board, "mean") == "7.00 MW"
    assert "power" not in board.menus["metric"].options


@pytest.mark.parametrize(
    ("first", "last", "stated"),
    [
        (
            date(2026, 3, 30),
            date(2026, 3, 29),
            "The last day, 2026-03-29, is before the first, 2026-03-30.",
        ),
        (date(2026, 1, 1), date(2026, 3, 29), "at most 31 days"),
        (date(2026, 3, 27), date(2026, 3, 27), "There are no values of load at G / R / N1 on these days"),
        (None, date(2026, 3, 29), "Choose a first and a last day."),
    ],
)
def test_days_that_cannot_be_shown_are_reported_and_leave_no_old_numbers(
    filled: Warehouse, first: date | None, last: date, stated: str
) -> None:
    board = Dashboard(node="N1")
    with board._filling():
        board.first.value, board.last.value = first, None
    board.last.value = last
    assert stated in board.parts["problem"].value
    assert {board.parts[name].value for name in ("answer", "numbers", "picture", "rows", "links")} == {""}
    assert board.compared is None
    board.first.value = board.last.value = date(2026, 3, 29)
    assert board.parts["problem"].value == ""
    assert shown(board, "known") == "20 of 23"


def test_a_system_time_shows_what_the_warehouse_held_then(filled: Warehouse, tmp_path: Path) -> None:
    before = wh.latest(node="N1").attrs["read_at"]
    load = filled.deliver(rows(50.0, NOON + pd.Timedelta(days=9)), defaults=DeliveryDefaults("test"))
    filled.apply_loads()
    try:
        now, then = Dashboard(node="N1"), Dashboard(node="N1", loaded=before)
        assert [board.compared.revisions for board in (now, then)] == [66, 43]
        assert [len(board.slider.options) for board in (now, then)] == [3, 2]
        assert [board.compared.latest["value"].unique().tolist() for board in (now, then)] == [[50.0], [90.0]]
        answer = answer_of_the_notebook(tmp_path, as_of="2026-03-28T19:30+01:00", loaded=before)
        assert answer.startswith("As of Sat 28 Mar 2026 19:30 CET, the mean of load at G / R / N1 was 100.00")
        assert "mean of 90.00 MW, 10.00 MW less. 23 revisions have come since." in answer
    finally:
        filled.set_status(load.load_id, "withdrawn")
        filled.apply_loads()


def answer_of_the_notebook(folder: Path, **parameters: str) -> str:
    """Run the notebook as it is kept, with other parameters."""
    copy = shutil.copytree(NOTEBOOKS, folder / "copy", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    path = Path(copy) / "06_dashboard.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    for name, value in parameters.items():
        assert f"{name} = None" in cell.source
        cell.source = cell.source.replace(f"{name} = None", f"{name} = {value!r}")
    nbformat.write(notebook, path)
    with changed_environment(PYTHONPATH=str(PROJECT_ROOT)), forked_kernels():
        result = run_notebooks(["06_dashboard"], Path(copy), folder / "out")[0]
    outputs = nbformat.read(result.path, as_version=4).cells[-1].outputs
    return html.unescape(outputs[0].data["text/markdown"])


def test_a_wider_range_of_days_keeps_the_as_of_time(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    board.typed.value = "2026-03-28T20:30:00+01:00"
    chosen = board.slider.value
    assert chosen == pd.Timestamp("2026-03-28T19:30Z")
    board.first.value = date(2026, 3, 10)
    assert board.compared.at == board.slider.value == chosen
    assert shown(board, "known") == "20 of 479"


def test_a_page_gets_no_position_on_the_slider_that_it_does_not_have_yet(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Dashboard(node="N2")
    board.slider.comm = DummyComm()  # a page; where a kernel was imported before, there is none
    board.typed.value = "2026-03-30T12:00+02:00"
    ranges, positions = [len(board.slider.options)], []

    def note(key: str | set[str]) -> None:
        names = {key} if isinstance(key, str) else key
        if "index" in names:
            assert board.slider.index < ranges[-1]
            positions.append(board.slider.index)
        if "disabled" in names and not board.slider.disabled:  # the page takes over the range with this
            ranges.append(len(board.slider.options))

    monkeypatch.setattr(board.slider, "send_state", note)
    board.menus["node"].value = "N1"
    assert (ranges, positions[-1]) == ([2, 3], 2)
    assert board.compared.at == board.slider.value == pd.Timestamp("2026-03-30T10:00Z")


def test_one_revision_is_one_and_a_tiny_difference_has_no_sign(filled: Warehouse) -> None:
    board = Dashboard(node="N2", as_of="2026-01-01")
    assert "1 revision came later." in board.sentence
    assert (format_difference(-0.001), format_number(-0.001)) == ("+0.00", "0.00")


def test_a_typed_time_that_is_not_valid_is_reported_and_changes_nothing(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    before = {name: part.value for name, part in board.parts.items() if name != "problem"}
    board.typed.value = "noon"
    assert "noon" in board.parts["problem"].value
    assert {name: part.value for name, part in board.parts.items() if name != "problem"} == before
    assert before["answer"]
    assert board.compared is not None
    board.typed.value = "2026-03-29T14:00+02:00"
    assert board.parts["problem"].value == ""


def test_presets_choose_days_and_the_day_ahead_time(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    board.presets[2].click()
    assert (board.first.value, board.last.value) == (date(2026, 3, 23), date(2026, 3, 29))
    board.presets[0].click()
    board.day_ahead.click()
    assert board.compared.at == pd.Timestamp("2026-03-28 09:00", tz=ZONE)


def test_what_is_shown_can_be_downloaded_and_linked_to(filled: Warehouse) -> None:
    board = Dashboard(node="N1", as_of="2026-03-28T19:30+01:00")
    assert board.parts["files"].value == ""
    board.prepare_files.click()
    files, links = board.parts["files"].value, board.parts["links"].value
    content = re.search(r'href="data:text/csv;base64,([^"]+)" download="values.csv"', files)[1]
    rows = pd.read_csv(io.BytesIO(base64.b64decode(content)))
    assert rows["value"].tolist() == [100.0] * 20
    assert 'download="values.parquet"' in files
    assert 'download="chart.png"' in files
    query = html.unescape(re.search(r'href="\?([^"]+)"', links)[1])
    with changed_environment(QUERY_STRING=query):
        state = view_links.requested_state()
    board.slider.index -= 1  # the files of another moment are not offered
    assert board.parts["files"].value == ""
    board.slider.index += 1
    again = Dashboard(**state)
    assert (again.sentence, again.first.value, again.last.value) == (
        board.sentence,
        board.first.value,
        board.last.value,
    )


def test_data_that_arrive_are_shown_after_a_refresh(filled: Warehouse) -> None:
    board = Dashboard(node="N1")
    assert board.updates.is_current()
    load = filled.deliver(rows(60.0, NOON + pd.Timedelta(days=9)), defaults=DeliveryDefaults("test"))
    filled.apply_loads()
    try:
        before = board.compared.revisions
        assert not board.updates.is_current()
        board.refresh.click()
        assert board.compared.revisions == before + 23
    finally:
        filled.set_status(load.load_id, "withdrawn")
        filled.apply_loads()


def test_a_region_or_a_grid_is_shown_as_the_sum_of_its_nodes(filled: Warehouse) -> None:
    board = Dashboard(node="N1", as_of="2026-03-29T00:00+01:00")
    board.menus["node"].value = "(all nodes)"
    assert "mean of load at G / R / (all nodes) was 100.00 MW over 20 of 23 intervals" in board.sentence
    assert re.search(r"<td>1 of \d</td>", board.parts["rows"].value)
    board.menus["region"].value = "(all regions)"
    assert "mean of load at G / (all regions) / (all nodes) was 100.00 MW" in board.sentence
    assert board.compared.latest["value"].unique().tolist() == [90.0]
    board.prepare_files.click()
    assert 'download="values.csv"' in board.parts["files"].value
    again = Dashboard(**board._state())
    assert again.sentence == board.sentence
    then = Dashboard(grid="G", node="(all nodes)", region="R", loaded=pd.Timestamp.now(tz="UTC"))
    assert then.compared.revisions == 43
    with pytest.raises(wh.ReadError, match="no roll-up with the grid Nowhere"):
        Dashboard(grid="Nowhere", node="(all nodes)")
    board.menus["region"].value = "R"
    board.menus["node"].value = "N2"
    assert "G / R / N2" in board.sentence


def test_places_are_compared_and_the_link_holds_them(filled: Warehouse) -> None:
    board = Dashboard(node="N1", as_of="2026-03-28T19:30+01:00")
    assert "G / R / N2" in board.compare.allowed_tags
    board.compare.value = ["G / R", "G / R / N2"]
    assert [shown(board, f"mean-{number}") for number in range(3)] == ["100.00 MW", "100.00 MW", "-"]
    assert "There were no values at G / R / N2." in board.sentence
    board.prepare_files.click()
    content = re.search(r'href="data:text/csv;base64,([^"]+)" download="values.csv"', board.parts["files"].value)[1]
    rows = pd.read_csv(io.BytesIO(base64.b64decode(content)))
    assert rows.groupby("place")["value"].sum().to_dict() == {"G / R": 2000.0, "G / R / N1": 2000.0}
    query = html.unescape(re.search(r'href="\?([^"]+)"', board.parts["links"].value)[1])
    with changed_environment(QUERY_STRING=query):
        again = Dashboard(**view_links.requested_state())
    assert (again.sentence, again.compare.value) == (board.sentence, ["G / R", "G / R / N2"])
    board.menus["node"].value = "N2"
    assert (board.compare.value, board.parts["problem"].value) == (["G / R"], "")
    with pytest.raises(wh.ReadError, match="There is no load at G / X to compare with"):
        Dashboard(node="N1", compare="G / X")


def test_an_empty_warehouse_says_what_to_do(warehouse: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"no series yet\. Load some data first: warehouse seed"):
        Dashboard()
