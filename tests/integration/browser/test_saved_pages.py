"""A chart and a notebook that were saved as pages are interactive in a browser without any network; no server."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page, expect
from traitlets.config import Config
from warehouse import charts

from loaders.jupyter import PAGES
from loaders.reports.html_export import external_references, to_page
from loaders.reports.report import Report
from tests.support.browser import PATIENCE
from tests.support.chart_frames import ATTRS, HOUR, START, frame_of, hours, interval

AT = datetime(2026, 11, 1, tzinfo=UTC)
expect.set_options(timeout=PATIENCE * 1000)


def two_nodes() -> pd.DataFrame:
    return frame_of(pd.concat([hours([1.0, 2.0, 3.0]), hours([3.0, 4.0, 2.0]).assign(series_id=2, node_name="M")]))


def notebook_of(chart: Any) -> NotebookNode:
    bundle = chart._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    text = "Prices of $3 and of $4; a text that would end the script: </script>"
    cell = new_code_cell("chart", outputs=[new_output("display_data", data=json.loads(json.dumps(data)))])
    return new_notebook(cells=[new_markdown_cell(text), cell])


def saved_by_jupyterlab(notebook: NotebookNode, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of the menu of JupyterLab, which makes it with the configuration of its server."""
    monkeypatch.setenv("JUPYTER_PATH", str(PAGES))
    config = Config(json.loads((PAGES / "jupyter_server_config.json").read_text()))
    return HTMLExporter(config=config).from_notebook_node(notebook)[0]


def saved_by_a_report(notebook: NotebookNode, folder: Path) -> str:
    report = Report("made", folder / "made.html", AT, AT, parameters={}, given={}, made_at=AT, cells=1, seconds=1)
    return to_page(notebook, report, folder, show_code=False)


def is_interactive(page: Page) -> None:
    """The tooltip, the zoom and the legend of a chart of two nodes answer."""
    plot = page.locator(".interactive-chart svg")
    expect(plot).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    page.locator(".mark-symbol path[aria-label]").nth(1).hover(force=True)
    expect(page.locator("#vg-tooltip-element.visible")).to_contain_text("value in kW")
    axis = page.locator(".role-axis-label").first
    before = axis.text_content()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    expect(axis).not_to_have_text(before)
    page.locator(".role-legend-label text", has_text="M").click()
    expect(page.locator("path[opacity='0.12'], path[stroke-opacity='0.12']").first).to_be_attached()


def test_a_chart_that_was_saved_is_interactive(offline_page: Page, tmp_path: Path) -> None:
    saved = tmp_path / "a.html"
    charts.plot(two_nodes()).save(str(saved))
    content = saved.read_text(encoding="utf-8")
    assert external_references(content) == []
    offline_page.set_content(content)
    is_interactive(offline_page)


def test_a_replay_that_was_saved_plays(offline_page: Page, tmp_path: Path) -> None:
    frame = pd.concat([interval([1.0, 2.0], [30, -2]), interval([3.0, 4.0], [30, -2], START + HOUR)])
    frame.attrs = ATTRS
    charts.replay(frame).save(tmp_path / "a.html")
    offline_page.set_content((tmp_path / "a.html").read_text(encoding="utf-8"))
    now = offline_page.locator(".mark-text text", has_text="as of")
    expect(now).to_have_text("as of Sat 31 Oct 2026 22:00 CET")
    offline_page.locator("input[type=checkbox]").check()
    expect(now).not_to_have_text("as of Sat 31 Oct 2026 22:00 CET")


@pytest.mark.parametrize("by", ["jupyterlab", "report"])
def test_the_charts_of_a_notebook_that_was_saved_are_interactive(
    offline_page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    notebook = notebook_of(charts.plot(two_nodes()))
    if by == "jupyterlab":
        content = saved_by_jupyterlab(notebook, monkeypatch)
    else:
        content = saved_by_a_report(notebook, tmp_path)
    assert external_references(content) == []
    offline_page.set_content(content)
    is_interactive(offline_page)


def test_a_saved_notebook_shows_its_charts_where_no_script_runs(chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    opened = context.new_page()
    opened.set_content(saved_by_a_report(notebook_of(charts.plot(two_nodes())), tmp_path))
    assert opened.locator("img").bounding_box()["width"] > 600
    context.close()
