"""Names that look like markup stay text in every notebook, report, page and the dashboard, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser
from warehouse.widgets.dashboard import Dashboard

from loaders.gates.checks import check_marts, check_raw
from loaders.gates.results import CheckResult
from loaders.ingest.frames import load_frame
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.registry import edits
from loaders.reports.notebook_runner import run_notebooks
from loaders.reports.scheduled_report import make_report
from loaders.settings import NOTEBOOKS
from tests.support.forked_kernels import forked_kernels
from tests.support.warehouses import Warehouse

IMAGE = "<img src=http://example.invalid/{0} onerror=alert('{0}')>"
SCRIPT = "<svg onload=\"alert('{0}')\">"
LINK = "![{0}](http://example.invalid/{0}.png)"
NAMES = {
    "grid": SCRIPT.format("grid"),
    "region": IMAGE.format("region"),
    "node": SCRIPT.format("node"),
    "metric": LINK.format("metric") + IMAGE.format("metric"),
}
PAYLOAD, NEW_REGION = SCRIPT.format("payload"), IMAGE.format("renamed")
SOURCE, FILE = IMAGE.format("source"), f"/tmp/{SCRIPT.format('file')}.csv"
PATHS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def hostile(shared_warehouse: Warehouse) -> Warehouse:
    """Two days of hourly forecasts and actuals, one of them restated, of a series whose every name is markup."""
    shared_warehouse.query(
        "insert into raw.metrics (metric, unit, aggregation) values (%s, 'kW', 'sum')", NAMES["metric"]
    )
    hours = pd.date_range("2026-03-01", periods=48, freq="1h", tz="UTC")
    day = pd.Timedelta("24h")
    rows = [
        pd.DataFrame({**NAMES, "interval_start": hours, "collected_at": hours + lag, "value": value})
        for lag, value in ((-day, 100.0), (pd.Timedelta("2h"), 90.0), (10 * day, 95.0))
    ]
    defaults = DeliveryDefaults(SOURCE, create_missing=True, time_zone=lambda grid: "Europe/Berlin")
    shared_warehouse.deliver(pd.concat(rows), name=FILE, source=SOURCE, defaults=defaults)
    held = rows[1].assign(collected_at=hours + 11 * day)
    shared_warehouse.deliver(held, status="held", name=f"{FILE}.2", source=SOURCE, defaults=defaults)
    reject(shared_warehouse)
    shared_warehouse.build("--resource-type", "model")
    return shared_warehouse


def reject(warehouse: Warehouse) -> None:
    """Load through the gate, with markup in rejected rows and column names, and rename a region to markup."""
    columns = [*NAMES, "interval_start", "collected_at", "value", PAYLOAD]
    times = ("2026-03-01T00:00Z", "2026-03-09T09:00Z")
    rows = [(*NAMES.values(), *times, value, PAYLOAD) for value in (PAYLOAD, "91", "5")]
    frame = pd.DataFrame(rows, columns=columns)
    frame.loc[2, "node"] = "unknown " + NAMES["node"]
    loaded = load_frame(frame, source=SOURCE, name=f"{FILE}.3", max_rejects=9)
    assert loaded.result.rows_rejected >= 1
    with warehouse.connect() as connection:
        edits.rename(connection, "region", NAMES["region"], NEW_REGION, why=PAYLOAD, who=PAYLOAD)


@pytest.fixture(scope="module")
def executed(hostile: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    with forked_kernels():
        results = run_notebooks(output=tmp_path_factory.mktemp("executed"))
    return {result.name: result.path for result in results}


def opened_without_script_or_request(chromium: Browser, page_file: Path, wait: int = 300) -> str:
    """Open a page; fail on a dialog or a request that a name caused. Returns the text of the page."""
    page = chromium.new_page(viewport={"width": 1366, "height": 768})
    dialogs: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: requests.append(request.url))
    page.route("http*://**", lambda route: route.abort())
    page.goto(page_file.as_uri(), wait_until="load")
    page.wait_for_timeout(wait)
    text = page.locator("body").inner_text()
    page.close()
    assert dialogs == []
    assert [url for url in requests if "example.invalid" in url] == []
    return text


@pytest.mark.parametrize("notebook", [path.stem for path in PATHS])
def test_a_name_never_runs_or_fetches_in_a_notebook(
    executed: dict[str, Path], chromium: Browser, tmp_path: Path, notebook: str
) -> None:
    document = nbformat.read(executed[notebook], as_version=4)
    page, _ = HTMLExporter(exclude_input=True).from_notebook_node(document)
    file = tmp_path / "page.html"
    file.write_text(page)
    opened_without_script_or_request(chromium, file)


@pytest.mark.parametrize(
    "notebook", ["01_start_here", "02_as_of_and_evolution", "03_forecast_accuracy", "04_restatements"]
)
def test_the_answer_shows_the_names_as_they_are(
    executed: dict[str, Path], chromium: Browser, tmp_path: Path, notebook: str
) -> None:
    document = nbformat.read(executed[notebook], as_version=4)
    document.cells = document.cells[-1:]
    page, _ = HTMLExporter(exclude_input=True).from_notebook_node(document)
    file = tmp_path / "answer.html"
    file.write_text(page)
    text = opened_without_script_or_request(chromium, file)
    assert NAMES["node"] in text
    assert NAMES["metric"] in text


def test_a_name_never_runs_or_fetches_in_a_report(hostile: Warehouse, chromium: Browser, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    with forked_kernels():
        make_report("02_as_of_and_evolution", page, "2026-03-20T00:00Z", show_code=True)
    text = opened_without_script_or_request(chromium, page)
    assert NAMES["node"] in text


@pytest.mark.parametrize("check", [check_raw, check_marts])
def test_a_name_never_runs_or_fetches_in_the_pages_of_a_check(
    hostile: Warehouse, chromium: Browser, tmp_path: Path, check: Callable[[Path], CheckResult]
) -> None:
    """The page of the check, and every page of its Data Docs."""
    check(tmp_path)
    pages = sorted(tmp_path.rglob("*.html"))
    texts = [opened_without_script_or_request(chromium, page, wait=50) for page in pages]
    assert len(pages) > 3
    if check is check_raw:
        assert any(FILE in text or NAMES["metric"] in text for text in texts)


def test_a_name_never_runs_or_fetches_in_the_dashboard(hostile: Warehouse, chromium: Browser, tmp_path: Path) -> None:
    board = Dashboard()
    board.updates.close()  # the driver of the browser runs an event loop, so it listens as in a kernel
    file = tmp_path / "dashboard.html"
    file.write_text("<!doctype html><meta charset='utf-8'>" + "".join(part.value for part in board.parts.values()))
    text = opened_without_script_or_request(chromium, file)
    assert NAMES["node"] in text
