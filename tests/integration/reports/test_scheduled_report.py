"""A notebook as a page: the same moments give the same numbers, it needs no net, and there is all of it or nothing."""

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from loaders import ledger
from loaders.demo import generator as seed
from loaders.errors import NotebookError, UsageError
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.reports.html_export import external_references
from loaders.reports.report import Report
from loaders.reports.scheduled_report import make_report
from loaders.settings import PROJECT_ROOT
from tests.support.commands import run
from tests.support.forked_kernels import forked_kernels
from tests.support.warehouses import Warehouse

HOUR = timedelta(hours=1)
END = seed.END
AS_OF = END + 24 * HOUR
CLOCKS = "as_of = None\nloaded = None"


@pytest.fixture(scope="module", autouse=True)
def kernels() -> Iterator[None]:
    """Forked kernels; those of the command are new ones."""
    with forked_kernels():
        yield


@pytest.fixture(scope="module")
def filled(seed_week: Warehouse) -> Warehouse:
    return seed_week


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """Writes a notebook of these cells, the first tagged as parameters, and returns its folder."""

    def write(*sources: str, parameters: str = CLOCKS) -> Path:
        tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook = new_notebook(cells=[new_markdown_cell("# Is it so?"), tagged, *map(new_code_cell, sources)])
        folder = tmp_path / "made here"
        folder.mkdir(exist_ok=True)
        nbformat.write(notebook, folder / "made.ipynb")
        return folder

    return write


def content(report: Report) -> str:
    """What the page says, without its head, which has the moment at which it was made."""
    return report.path.read_text(encoding="utf-8").partition("<main>")[2]


def test_the_same_moments_give_the_same_numbers_whatever_comes_later(filled: Warehouse, tmp_path: Path) -> None:
    first = make_report("01_start_here", tmp_path / "first.html", AS_OF, parameters={"grid": "Grid2"})
    node = {"grid": "Grid2", "region": "Region1", "node": "Node1", "metric": "power"}
    hours = [END - 48 * HOUR + step * HOUR for step in range(48)]
    more = pd.DataFrame(
        [{**node, "interval_start": hour, "collected_at": AS_OF - HOUR, "value": -7.0} for hour in hours]
    )
    filled.deliver(more, source="seed", defaults=DeliveryDefaults("seed"))
    weeks = filled.query("select load_id from raw.loads where rows_inserted > 1000")
    for (load_id,) in weeks:
        filled.set_status(load_id, "withdrawn")
    filled.apply_loads()
    try:
        again = make_report("01_start_here", tmp_path / "again.html", AS_OF, first.loaded, {"grid": "Grid2"})
        now = make_report("01_start_here", tmp_path / "now.html", AS_OF, parameters={"grid": "Grid2"})
    finally:
        for (load_id,) in weeks:
            filled.set_status(load_id, "accepted")
        filled.apply_loads()
    assert content(again) == content(first)
    assert content(now) != content(first)
    assert "-7.0" in content(now)
    page = again.path.read_text(encoding="utf-8")
    assert external_references(page) == []
    assert page.count("interactive-chart") == 1  # they become so by one script
    assert page.count("data:image/svg+xml") == 3
    check_head(page, again)


COUNTS = {
    "02_as_of_and_evolution": (
        r"and (\d+) as of [^,]{20,40}, with a mean of <strong>[\d,.]+ kW</strong>\. (?:The|No) interval",
        "select count(value) from marts.measures_as_of(%s, '2026-03-31 22:00Z', '2026-04-01 22:00Z')"
        " where node_id = 10",
    ),
    "03_forecast_accuracy": (
        r"([\d,]+) forecasts were rated",
        "with known as (select * from marts.revisions_as_of(%s)"
        " where grid_name = 'Grid2' and value is not null)"
        " select count(*) from known as forecast inner join known as actual using (series_id, interval_start)"
        " where forecast.collected_at < interval_start + interval '1 hour' and actual.known_to is null"
        " and actual.collected_at >= interval_start + interval '1 hour'",
    ),
    "04_restatements": (
        r"<strong>([\d,]+) values</strong> of power changed",
        "select count(*) from marts.fct_restatements where collected_at <= %s and grid_name = 'Grid2'"
        " and not is_first_reading",
    ),
}


@pytest.mark.parametrize(("name", "charts"), list(zip(COUNTS, [4, 2, 3], strict=True)))
def test_a_notebook_answers_by_what_was_known_at_the_moment_of_its_report(
    filled: Warehouse, tmp_path: Path, name: str, charts: int
) -> None:
    at = END - 48 * HOUR
    given = {"grid": "Grid2"} | ({"day": "2026-04-01"} if name.startswith("02") else {})
    report = make_report(name, tmp_path / "a.html", at, parameters=given)
    page = report.path.read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml") == charts
    assert external_references(page) == []
    stated, sql = COUNTS[name]
    count = int(re.search(stated, content(report))[1].replace(",", ""))
    assert count == filled.query(sql, at)[0][0] > 0
    assert count < filled.query(sql, END + 9999 * HOUR)[0][0] or name.startswith("02")


def check_head(page: str, report: Report) -> None:
    head = page.partition("<main>")[0]
    assert f"{AS_OF:%Y-%m-%d %H:%M:%S} UTC" in head
    assert f"{report.loaded:%Y-%m-%d %H:%M:%S} UTC" in head
    assert f"{report.made_at:%Y-%m-%d %H:%M:%S} UTC" in head
    assert "grid = Grid2" in head
    loaded = report.loaded.isoformat().replace("+00:00", "Z")
    assert f"--loaded {loaded} -p grid=Grid2 --out again.html" in head


def test_code_is_hidden_unless_requested(filled: Warehouse, tmp_path: Path, made: Callable) -> None:
    folder = made("shown = 6 * 7\nprint(as_of, loaded, shown)", "import ipywidgets\nipywidgets.IntSlider()")
    report = make_report("made", tmp_path / "a.html", AS_OF, AS_OF, folder=folder)
    moment = AS_OF.isoformat()
    assert f"{moment} {moment} 42" in content(report)
    assert "IntSlider" not in content(report)  # nobody could move it
    assert "6 * 7" not in re.sub(r"<[^>]+>", "", content(report))
    report = make_report("made", tmp_path / "a.html", AS_OF, AS_OF, show_code=True, folder=folder)
    assert "shown = 6 * 7" in re.sub(r"<[^>]+>", "", content(report))


def test_a_failing_cell_leaves_the_file_as_it_was(filled: Warehouse, tmp_path: Path, made: Callable) -> None:
    folder = made("fine = 1", "raise ValueError('too many')")
    output = tmp_path / "out" / "a.html"
    output.parent.mkdir()
    stated = r"^Notebook made\.ipynb failed at cell 4 of 4: ValueError: too many\. No report was written\.$"
    with pytest.raises(NotebookError, match=stated):
        make_report("made", output, AS_OF, folder=folder)
    assert list(output.parent.iterdir()) == []
    output.write_text("yesterday's")
    with pytest.raises(NotebookError, match=stated):
        make_report("made", output, AS_OF, folder=folder)
    assert output.read_text() == "yesterday's"


def test_a_page_that_would_fetch_something_is_not_written(filled: Warehouse, tmp_path: Path, made: Callable) -> None:
    folder = made("from IPython.display import HTML\nHTML('<img src=\"https://example.org/a.png\">')")
    with pytest.raises(NotebookError, match=r"would load https://example\.org/a\.png from elsewhere"):
        make_report("made", tmp_path / "a.html", AS_OF, folder=folder)
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize(
    ("change", "stated"),
    [
        ({"name": "mad"}, "There is no notebook mad in"),
        ({"parameters": {"nod": "1"}}, "made has no parameter nod. Did you mean node?"),
        ({"parameters": {"as_of": "1"}}, "as_of is not a parameter here. Set it with --as-of."),
        ({"as_of": "2026-04-10 12:00"}, "--as-of 2026-04-10 12:00 is not a time with an offset"),
        ({"as_of": "yesterday"}, "--as-of yesterday is not a time with an offset"),
        ({"loaded": datetime.now(UTC) + 24 * HOUR}, "is in the future"),
        ({"output": Path("no/such/folder/a.html")}, "The folder no/such/folder does not exist"),
        ({"output": PROJECT_ROOT}, "is a folder. Name a file"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(
    filled: Warehouse, tmp_path: Path, made: Callable, change: dict, stated: str
) -> None:
    folder = made("open('ran', 'w')", parameters=f"{CLOCKS}\nnode = None")
    requested = {"name": "made", "output": tmp_path / "a.html", "as_of": AS_OF, "folder": folder, **change}
    with pytest.raises(UsageError) as raised:
        make_report(**requested)
    assert stated in str(raised.value)
    assert not (folder / "ran").exists()


def test_a_notebook_without_the_clocks_is_refused_with_those_that_have_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        make_report("09_manage", tmp_path / "a.html", AS_OF)
    assert str(raised.value).startswith("09_manage has no parameter as_of or loaded, so its numbers")
    assert "01_start_here" in str(raised.value)


def test_marts_that_lag_behind_what_is_stored_make_no_report(filled: Warehouse, tmp_path: Path, made: Callable) -> None:
    row = {"grid": "Late", "region": "R", "node": "N", "metric": "power", "value": 1.0}
    load = filled.deliver(pd.DataFrame([{**row, "interval_start": END, "collected_at": END}]))
    with pytest.raises(
        NotebookError, match=r"The marts do not show 1 of the series yet\. Build them with: warehouse build"
    ):
        make_report("made", tmp_path / "a.html", AS_OF, folder=made("1"))
    filled.apply_loads()
    make_report("made", tmp_path / "a.html", AS_OF, folder=made("1"))
    filled.set_status(load.load_id, "withdrawn")


def test_the_moment_of_a_report_waits_for_what_is_being_written(filled: Warehouse) -> None:
    row = {"grid": "Grid1", "region": "Region1", "node": "Node1", "metric": "power", "value": 1.0}
    rows = pd.DataFrame([{**row, "interval_start": END, "collected_at": END}])
    load = filled.deliver(rows, status=None, source="seed", defaults=DeliveryDefaults("seed"))
    moments: list[datetime] = []

    def ask() -> None:
        with filled.connect() as connection:
            moments.append(ledger.stable_ledger_time(connection))

    thread = threading.Thread(target=ask)
    with filled.connect(autocommit=False) as writer:
        writer.execute("select 1")  # a transaction is open, so that the change is not committed yet
        ledger.set_status(writer, load.load_id, "withdrawn", "test")
        at = writer.execute("select max(at) from raw.load_events").fetchone()[0]
        thread.start()
        thread.join(0.5)
        assert moments == []
    thread.join(20)
    assert moments[0] > at


def test_the_command_prints_the_file_and_exits_by_what_happened(filled: Warehouse, tmp_path: Path) -> None:
    def report(*arguments: str) -> subprocess.CompletedProcess:
        return run("report", *arguments, "--out", str(tmp_path / "a.html"))

    done = report("01_start_here", "--as-of", AS_OF.isoformat(), "-p", "clock=08:00")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'a.html'}\n")
    assert "again: warehouse report 01_start_here --as-of" in done.stderr
    assert "Traceback" not in done.stderr
    assert "As of <strong>08:00" in (tmp_path / "a.html").read_text()
    failed = report("01_start_here", "--as-of", AS_OF.isoformat(), "-p", "node=Nobody")
    assert (failed.returncode, failed.stdout, len(failed.stderr.splitlines())) == (1, "", 1)
    assert report("01_start_here", "--as-of", AS_OF.isoformat(), "-p", "clock").returncode == 2
