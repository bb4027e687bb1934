"""What the dashboard and the charts say can be read in a light and in a dark page; no server."""

import json

import pandas as pd
import pytest
import vl_convert
from playwright.sync_api import Page, expect
from warehouse import charts
from warehouse.charts.rendering import VEGA
from warehouse.widgets import html

from tests.support.chart_frames import hours

READABLE = 4.5  # contrast of normal text, by the Web Content Accessibility Guidelines
CONTRASTS = """all => all.map(one => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = color => color.slice(0, 3).map(c => linear(c / 255))
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  let box = one, back;
  do { back = rgb(getComputedStyle(box).backgroundColor); box = box.parentElement } while (back[3] === 0 && box);
  const [a, b] = [light(rgb(getComputedStyle(one).color)), light(back)].sort();
  return [one.textContent, (b + 0.05) / (a + 0.05)];
})"""


@pytest.mark.parametrize(("is_light", "background"), [("true", "#ffffff"), ("false", "#111111"), ("false", "#212121")])
def test_every_text_of_the_dashboard_can_be_read(offline_page: Page, is_light: str, background: str) -> None:
    at = pd.Timestamp("2026-10-31", tz="UTC")
    parts = [
        html.tiles([html.Tile("mean", "mean as of this time", "1.00 kW", "latest: 1.00 kW")]),
        html.table(pd.DataFrame({"interval start": ["Sat 00:00"], "value": ["1.00"]}), "The values"),
        html.answer("The mean was 1.00 kW.", at),
        html.problem("There are no values. Choose others."),
        html.link("?grid=G", "Link to this view"),
        html.small_text("local days of UTC"),
    ]
    style = f'style="background: {background}"'
    offline_page.set_content(f'<body data-jp-theme-light="{is_light}" {style}>{html.STYLE}{"".join(parts)}</body>')
    texts = offline_page.locator(".wh-tile div, th, td, .wh-answer, .wh-problem, .wh-link, .wh-caption")
    contrasts = texts.evaluate_all(CONTRASTS)
    assert len(contrasts) == 12
    assert [(text, contrast) for text, contrast in contrasts if contrast < READABLE] == []


def test_a_chart_in_a_dark_jupyterlab_keeps_its_dark_text_on_white(offline_page: Page) -> None:
    bundle = charts.vintages(hours([1.0, 2.0]))._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    draw = f'vegaEmbed("#chart", {json.dumps(data[VEGA])}, {{mode: "vega", renderer: "svg", theme: "dark"}})'
    offline_page.set_content(f'<div id="chart"></div><script>{vl_convert.javascript_bundle(draw)}</script>')
    expect(offline_page.locator("svg text").first).to_be_visible()
    fills = offline_page.locator("svg text").evaluate_all(
        "all => [...new Set(all.map(one => one.getAttribute('fill')))]"
    )
    assert fills == ["#000000"]
    expect(offline_page.locator("#chart svg")).to_have_css("background-color", "rgb(255, 255, 255)")
