"""A real browser uses what `make lab` and `make dashboard` open, and compares what it sees with what is read."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pytest
import warehouse as wh
from playwright.sync_api import Browser, Locator, Page, expect

from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.browser import HOST, PATIENCE, Served, Trouble, served, sign_in
from tests.support.warehouses import Warehouse

NODE = {"grid": "Grid1", "region": "Region1", "node": "Node1", "metric": "power"}
ZONE = "America/New_York"

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def filled(seed_week: Warehouse) -> Warehouse:
    return seed_week


@pytest.fixture(scope="module")
def servers(filled: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    """JupyterLab on a copy of the notebooks, which it may save, and the dashboard."""
    home = tmp_path_factory.mktemp("jupyter home")
    copy = shutil.copytree(NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    with served("lab", home, "--folder", str(copy)) as lab, served("dashboard", home) as dashboard:
        yield {"lab": lab, "dashboard": dashboard}


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of a new visitor; whatever it asks of other machines, or fails to get, fails the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE * 1000)
    opened, trouble = context.new_page(), Trouble()
    trouble.watch(opened)
    yield opened
    opened.screenshot(path=tmp_path / "seen last.png")
    context.close()
    assert trouble == Trouble()


@pytest.mark.parametrize(("what", "path"), [("lab", "/lab"), ("dashboard", "/")])
def test_anyone_who_has_no_token_is_sent_to_the_door(servers: dict[str, Served], what: str, path: str) -> None:
    status, sent_to = servers[what].get(path)
    assert (status, sent_to.partition("?")[0]) == (302, "/login")


def test_the_files_and_kernels_of_jupyterlab_are_refused_without_the_token(servers: dict[str, Served]) -> None:
    for path in ("/api/contents", "/api/kernels", "/files/warehouse.py"):
        assert servers["lab"].get(path)[0] in (302, 403)
    assert servers["lab"].get("/api/contents", with_token=True)[0] == 200


@pytest.mark.parametrize("what", ["lab", "dashboard"])
def test_only_this_machine_is_listened_to(servers: dict[str, Served], what: str) -> None:
    port = servers[what].port
    socket.create_connection((HOST, port), timeout=5).close()
    # Another loopback address is reached by anyone who listens on every address.
    for elsewhere in ("127.0.0.2", "::1"):
        with pytest.raises(OSError):
            socket.create_connection((elsewhere, port), timeout=5).close()


def test_make_starts_what_is_tested_here() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    for what in ("lab", "dashboard"):
        assert f"\n{what}: $(VENV)/ready ## " in makefile
        assert f"-m loaders serve {what} " in makefile


def run_all(page: Page, lab: Served, notebook: str) -> None:
    """Open a notebook in JupyterLab, in a workspace of its own, and run it by the menu."""
    sign_in(page, lab, f"/lab/workspaces/{notebook}/tree/{notebook}.ipynb")
    status = page.locator(".jp-StatusBar-Left")
    expect(status).to_contain_text("Python 3 | Idle")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    count = sum(cell.cell_type == "code" for cell in nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", 4).cells)
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts).to_have_text([re.compile(r"\[\d+\]:")] * count)
    expect(status).to_contain_text("Python 3 | Idle")
    for kind in ("error", "stderr"):
        expect(page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']")).to_have_count(0)


def test_a_notebook_that_was_only_opened_is_not_changed(servers: dict[str, Served], page: Page) -> None:
    sign_in(page, servers["lab"], "/lab/workspaces/opened/tree/04_restatements.ipynb")
    expect(page.locator(".jp-StatusBar-Left")).to_contain_text("Python 3 | Idle")
    expect(page.locator(".lm-TabBar-tab.jp-mod-current", has_text="04_restatements")).to_have_count(1)
    page.wait_for_timeout(2000)
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)


def test_the_first_notebook_runs_in_jupyterlab_and_shows_its_plots(
    servers: dict[str, Served], page: Page, tmp_path: Path
) -> None:
    run_all(page, servers["lab"], "01_start_here")
    answer = page.locator(".jp-Cell").last.locator(".jp-OutputArea-output")
    expect(answer).to_contain_text("This interval has")
    plots = page.locator(".jp-RenderedVegaCommon5 svg, .jp-RenderedVegaCommon5 canvas")
    expect(plots).to_have_count(3)
    for plot in plots.all():
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box["width"] > 600
        assert box["height"] > 250
        assert box["x"] + box["width"] <= page.viewport_size["width"]
    page.screenshot(path=tmp_path / "jupyterlab.png")


def test_the_dashboard_lives_in_jupyterlab_too(servers: dict[str, Served], page: Page) -> None:
    run_all(page, servers["lab"], "06_dashboard")
    before = page.locator(".wh-answer").inner_text()
    slide(page, "ArrowLeft")
    assert page.locator(".wh-answer").inner_text() != before
    static = page.locator(".jp-Cell").last.locator(".jp-OutputArea-output")
    expect(static).to_contain_text(before)  # where the slider started


def open_dashboard(page: Page, servers: dict[str, Served]) -> None:
    sign_in(page, servers["dashboard"])
    assert "token" not in page.url
    page.wait_for_selector(".wh-answer")


def test_a_page_that_is_left_ends_its_kernel(servers: dict[str, Served], chromium: Browser) -> None:
    context = chromium.new_context()  # of its own, as a request that outlives its page is noted as failed
    page, opened = context.new_page(), set()
    page.on("websocket", lambda socket: opened.update(re.findall(r"/api/kernels/([^/]+)/channels", socket.url)))
    open_dashboard(page, servers)
    slide(page, "ArrowLeft")  # so the page is complete
    (identifier,) = opened
    kernels = psutil.Process(servers["dashboard"].process.pid).children()
    own = [kernel for kernel in kernels if identifier in " ".join(kernel.cmdline())]
    assert len(own) == 1
    page.goto(f"{servers['dashboard'].url}/no-such-page", timeout=PATIENCE * 1000)
    assert psutil.wait_procs(own, PATIENCE)[1] == []
    context.close()


def slide(page: Page, key: str) -> float:
    """Press a key on the slider and wait for the numbers of its new moment; the seconds that took."""
    before = page.locator(".wh-answer").get_attribute("data-as-of")
    page.locator(".noUi-handle").focus()
    started = time.perf_counter()
    page.keyboard.press(key)
    moved = "before => { const now = document.querySelector('.wh-answer')?.dataset.asOf; return now && now != before }"
    page.wait_for_function(moved, arg=before, polling=10)
    return time.perf_counter() - started


def number(page: Page, key: str) -> str:
    return page.locator(f"[data-number='{key}']").inner_text()


def days(page: Page) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = (pd.Timestamp(one.input_value(), tz=ZONE) for one in page.locator("input[type=date]").all())
    return first, last + pd.DateOffset(days=1)


def cells(page: Page, column: int) -> list[str]:
    return page.locator(f".wh-rows td:nth-child({column})").all_inner_texts()


def same_as_read(page: Page) -> str:
    """Compare all that is shown with what is read as of the moment in the slider's readout; returns that text."""
    shown = page.locator(".widget-readout").inner_text()
    at = pd.Timestamp(datetime.strptime(shown.rpartition(" ")[0], "%a %d %b %Y %H:%M"), tz=ZONE)
    assert shown.endswith(at.strftime("%Z"))
    start, end = days(page)
    then, latest = wh.as_of(at, start, end, **NODE), wh.latest(start, end, **NODE)
    now = latest.set_index("interval_start")["value"].reindex(then["interval_start"])
    revisions = wh.history(NODE["node"], "power", (start, end), grid="Grid1", region="Region1")
    assert number(page, "mean") == f"{then['value'].mean():,.2f} kW"
    assert number(page, "peak") == f"{then['value'].max():,.2f} kW"
    assert f"{now.mean():,.2f} kW" in page.locator(".wh-answer").inner_text()
    assert number(page, "since") == f"{(revisions['collected_at'] > at).sum():,}"
    assert number(page, "known") == f"{len(then)} of {(end - start) // pd.Timedelta('1h')}"
    assert cells(page, 2) == [f"{value:,.2f}" for value in then["value"]]
    assert cells(page, 3) == [f"{value:,.2f}" for value in now]
    assert f"as of {shown}" in page.locator(".wh-chart svg").text_content()
    return shown


def test_moving_the_slider_shows_exactly_what_is_read_as_of_its_moment(
    servers: dict[str, Served], page: Page, tmp_path: Path
) -> None:
    open_dashboard(page, servers)
    stats = wh.stats().iloc[0]
    for key in ("grids", "series", "revisions", "loads_accepted"):
        assert number(page, key) == f"{stats[key]:,}"
    for width in (800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        nothing_is_cut_off(page)
        page.screenshot(path=tmp_path / f"dashboard {width}.png")
    seen, took = {same_as_read(page): number(page, "mean")}, []
    for key in ("ArrowLeft", "ArrowLeft", "PageDown", "Home", "ArrowRight", "End"):
        took.append(slide(page, key))
        seen[same_as_read(page)] = number(page, "mean")
    assert len(seen) == 7
    assert len(set(seen.values())) >= 4
    assert number(page, "since") == "0"  # at the end
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 17, 17)")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert min(took) < 1  # the others wait for what else the machine does


def test_the_menus_narrow_each_other_and_the_clock_is_that_of_the_grid(servers: dict[str, Served], page: Page) -> None:
    open_dashboard(page, servers)
    began_at = pd.Timestamp(page.locator(".wh-answer").get_attribute("data-as-of"))
    for name, choice in [("Node", "Node2"), ("Grid", "Grid3")]:
        page.get_by_label(name, exact=True).select_option(choice)
        page.wait_for_function("text => document.querySelector('.wh-answer')?.innerText.includes(text)", arg=choice)
    expect(page.locator(".wh-answer")).to_contain_text("power at Grid3 / Region1 / Node2")
    assert page.get_by_label("Grid", exact=True).locator("option").all_inner_texts() == wh.grids()["grid_name"].tolist()
    assert "Australia/Sydney" in page.locator(".wh-chart svg").text_content()
    page.get_by_placeholder("Compare with…").fill("Grid3 / Region1 / Node1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-number='mean-1']")).to_be_visible()
    nothing_is_cut_off(page)
    page.locator(".jupyter-widget-tag-close").click()
    expect(page.locator("[data-number='mean']")).to_be_visible()
    # The day on which the clocks go back there has 25 hours, two of them called 02:00.
    for picker in page.locator("input[type=date]").all():
        picker.fill("2026-04-05")
    expect(page.locator(".wh-answer")).to_contain_text("of 25 intervals")
    # The fewer moments of one day leave the slider where it was in time.
    slide(page, "ArrowLeft")
    assert pd.Timestamp(page.locator(".wh-answer").get_attribute("data-as-of")) < began_at
    slide(page, "End")
    assert [text for text in cells(page, 1) if " 02:00 " in text] == [
        "Sun 2026-04-05 02:00 AEDT",
        "Sun 2026-04-05 02:00 AEST",
    ]


def nothing_is_cut_off(page: Page) -> None:
    """Every text is inside the window and inside its box."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes: Locator = page.locator(".widget-readout, .widget-label, .wh-tile div, .wh-chart svg, .wh-rows")
    assert boxes.count() > 20
    for box in filter(None, (one.bounding_box() for one in boxes.all())):
        assert box["x"] + box["width"] <= width
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
    assert page.locator(".widget-readout, .widget-label, .wh-tile div").evaluate_all(cut) == []


def test_a_warehouse_that_cannot_answer_says_so_in_one_sentence(
    servers: dict[str, Served], filled: Warehouse, page: Page
) -> None:
    stated = "The marts are not built here, or are older than this library. Build them with: warehouse build"
    open_dashboard(page, servers)
    filled.query("alter schema marts rename to away")
    try:
        page.locator(".noUi-handle").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("alert")).to_have_text(stated)
        expect(page.locator("[data-number='mean'], .wh-chart svg, .wh-rows")).to_have_count(0)
        other = page.context.new_page()
        other.goto(servers["dashboard"].url)
        expect(other.locator(".jp-OutputArea-output")).to_have_text([f"UnavailableError: {stated}"])
        other.close()
    finally:
        filled.query("alter schema away rename to marts")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".wh-answer")).to_be_visible()
    same_as_read(page)
    page.locator("input[type=date]").first.fill("2025-01-01")
    expect(page.get_by_role("alert")).to_contain_text("at most 31 days")


@pytest.mark.parametrize("what", ["lab", "dashboard"])
def test_the_token_is_in_no_log(servers: dict[str, Served], what: str) -> None:
    server = servers[what]
    stated = server.log.read_text()
    assert (
        f"{HOST}:{server.port}/" in stated
    )  # the address is printed, with a token that is generated; this one was given
    leaked = server.token in stated
    assert not leaked
