"""What the dashboard shows of one place, or of several side by side."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from warehouse import charts
from warehouse.analysis.selection import location_name
from warehouse.charts.rendering import to_svg
from warehouse.charts.time_axis import format_time
from warehouse.widgets import comparison, html, place_comparison
from warehouse.widgets.comparison import Comparison


def answer_sentence(places: Mapping[str, Comparison], series: pd.Series) -> str:
    """Return the answer as a sentence. places: by their names, that of the menus first."""
    if len(places) > 1:
        return place_comparison.place_sentence(places, str(series["metric"]))
    (compared,) = places.values()
    return comparison.comparison_sentence(compared, str(series["metric"]), location_name(series))


def draw(places: Mapping[str, Comparison], zone: str) -> alt.LayerChart | alt.VConcatChart:
    """Return the chart: then and latest of one place, or a line for each of several."""
    if len(places) > 1:
        return place_comparison.place_chart(places, zone)
    (compared,) = places.values()
    return charts.vintages(compared.then, compared.latest, zone=zone)


def values(places: Mapping[str, Comparison]) -> pd.DataFrame:
    """Return the rows that are shown, for downloads."""
    return place_comparison.place_values(places) if len(places) > 1 else next(iter(places.values())).both


def shown_parts(places: Mapping[str, Comparison], series: pd.Series, zone: str) -> dict[str, str]:
    """Return the HTML of the numbers, the chart, the rows and the answer."""
    first = next(iter(places.values()))
    if len(places) > 1:
        tiles, rows = place_comparison.place_tiles(places), place_comparison.place_rows(places, zone)
    else:
        tiles, rows = comparison.comparison_tiles(first), comparison.comparison_rows(first)
    sentence = answer_sentence(places, series)
    return {
        "numbers": html.tiles(tiles, large=True),
        "picture": html.picture(to_svg(draw(places, zone)), sentence),
        "rows": html.table(rows, f"The values as of {time_label(first.at, zone)}; times in {zone}"),
        "answer": html.answer(sentence, first.at),
    }


def time_label(at: pd.Timestamp, zone: str) -> str:
    """Return a time of the slider."""
    return format_time(at, zone) if at == at.floor("min") else f"{format_time(at, zone)} ({at:%S.%f} s)"
