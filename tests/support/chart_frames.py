"""Frames such as warehouse.py returns, made by hand for the tests of the charts; and what a chart says once drawn."""

import html
import re
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

HOUR = pd.Timedelta(hours=1)
START = pd.Timestamp("2026-10-31 18:00Z")
NAMES = {"series_id": 1, "grid_name": "G", "region_name": "R", "node_name": "N", "metric": "power", "unit": "kW"}
ATTRS = {"as_of": None, "loaded": None, "time_zones": ["Europe/Berlin"], "read_at": "2026-11-20T08:00:00+00:00"}
READ = "latest, read at Fri 20 Nov 2026 09:00 CET"


def frame_of(rows: pd.DataFrame | dict[str, Any], **attrs: object) -> pd.DataFrame:
    """The rows with the names of one series in front, words as categoricals, and attributes."""
    made = pd.DataFrame(rows)
    made = made.assign(**{name: value for name, value in NAMES.items() if name not in made})
    words = ["grid_name", "region_name", "node_name", "metric", "unit"]
    made = made.astype(dict.fromkeys(words, "category"))
    made.attrs = {**ATTRS, **attrs}
    return made


def interval(values: list[float | None], leads: list[float], start: pd.Timestamp = START) -> pd.DataFrame:
    """A history of one hour: the values in order, each collected so many hours ahead of it."""
    collected = pd.Series([start - lead * HOUR for lead in leads])
    rows = {"interval_start": start, "interval_end": start + HOUR, "value": values, "collected_at": collected}
    is_latest = [False] * (len(values) - 1) + [True]
    return frame_of({**rows, "known_to": collected.shift(-1), "lead_time_hours": leads, "is_latest": is_latest})


def hours(values: list[float | None], start: pd.Timestamp = START, **attrs: object) -> pd.DataFrame:
    """An answer of `latest` or `as_of`: hour by hour."""
    return frame_of({"interval_start": pd.date_range(start, periods=len(values), freq="1h"), "value": values}, **attrs)


def words_of(chart: alt.TopLevelMixin) -> list[str]:
    """Every text in the picture, which also proves that it compiles and draws; tooltips are not among them."""
    svg = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    return [html.unescape(re.sub(r"<[^>]+>", "", text)) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)]


def caption_of(chart: alt.TopLevelMixin) -> str:
    """Title and subtitle, all its lines, in one."""
    title = chart.to_dict()["title"]
    return " | ".join([title["text"], "; ".join(title["subtitle"])])


def data_of(chart: alt.TopLevelMixin, column: str) -> pd.DataFrame:
    """The rows of the chart's first data set that has this column."""
    sets = chart.to_dict()["datasets"].values()
    return next(pd.DataFrame(rows) for rows in sets if rows and column in rows[0])
