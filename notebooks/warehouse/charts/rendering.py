"""Show charts without the network: interactive where a page draws Vega, as an SVG elsewhere."""

import html
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from loaders.interactive_charts import PICTURE, VEGA, chart_page
from warehouse.charts.frame_shapes import to_pandas

RENDERER = "warehouse"
# A chart is the same picture in a dark page, so that "the newest darkest" stays true. JupyterLab would set white text.
TEXT, LINE, GRID = "#000000", "#888888", "#dddddd"
LIGHT: dict[str, Any] = {
    "background": "white",
    "title": {"color": TEXT, "subtitleColor": TEXT},
    "style": {"guide-label": {"fill": TEXT}, "guide-title": {"fill": TEXT}},
    "axis": {"domainColor": LINE, "gridColor": GRID, "tickColor": LINE},
}
TIMER = "timer"  # in usermeta: a signal that changes by itself, which Vega has and Vega-Lite has not

Parameters = ParamSpec("Parameters")
Chart = TypeVar("Chart")


def offline() -> None:
    """Show charts in notebooks without the network, interactive where the page can draw Vega, for any number of rows.

    Every chart of this package does this by itself when it is first drawn; call it for charts of your own.

    Example:
        >>> from warehouse import charts
        >>> charts.offline()
    """
    alt.renderers.register(RENDERER, _bundle)
    alt.renderers.enable(RENDERER)
    alt.data_transformers.disable_max_rows()


def drawn_offline(draw: Callable[Parameters, Chart]) -> Callable[Parameters, Chart]:
    """Enable the offline renderer before the first chart, unless another was chosen; answers may be in any form."""

    @wraps(draw)
    def wrapped(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Chart:
        if alt.renderers.active == "default":
            offline()
        # The tests compile each chart. To validate it for each reader takes a third of the time.
        with debug_mode(False):
            return draw(*map(to_pandas, args), **kwargs)

    return wrapped


def to_svg(chart: alt.TopLevelMixin) -> str:
    """Return the chart as an SVG; nothing is fetched."""
    return vl_convert.vegalite_to_svg(chart.to_dict(validate=False), allowed_base_urls=[])


def to_html(chart: alt.TopLevelMixin) -> str:
    """Return a page with the chart, interactive, that loads nothing."""
    with alt.data_transformers.enable("default"), alt.data_transformers.disable_max_rows():
        spec = chart.to_dict()
    return chart_page(_to_vega(spec), vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), _title(spec))


def _bundle(spec: dict[str, Any], **options: Any) -> dict[str, Any]:
    title = _title(spec)
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    label = f'<svg role="img" aria-label="{html.escape(title, quote=True)}"'
    return {VEGA: _to_vega(spec), PICTURE: svg.replace("<svg", label, 1), "text/plain": f"<chart: {title}>"}


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title")
    return str(title.get("text", "")) if isinstance(title, dict) else str(title or "chart")


def _to_vega(spec: dict[str, Any]) -> dict[str, Any]:
    vega = vl_convert.vegalite_to_vega(spec)
    _add_timer(vega, (spec.get("usermeta") or {}).get(TIMER))
    vega["config"] = _merge(LIGHT, vega.get("config", {}))
    vega["usermeta"] = {"embedOptions": {"actions": False}}
    return vega


def _merge(defaults: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return both, where a chart's own settings win."""
    nested = {name: _merge(value, own.get(name, {})) for name, value in defaults.items() if isinstance(value, dict)}
    return {**defaults, **own, **nested}


def _add_timer(vega: dict[str, Any], timer: dict[str, Any] | None) -> None:
    """Let a signal of the compiled chart change in steps of time."""
    if timer:
        signal = next(signal for signal in vega["signals"] if signal["name"] == timer["signal"])
        events = {"type": "timer", "throttle": timer["milliseconds"]}
        signal["on"] = [*signal.get("on", []), {"events": events, "update": timer["update"]}]
