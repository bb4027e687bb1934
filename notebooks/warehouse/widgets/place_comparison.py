"""Compare several places as of one time: a line, a tile and a column of values for each."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from warehouse.charts.frame_shapes import LINE
from warehouse.charts.several_series import series_lines
from warehouse.charts.time_axis import format_time
from warehouse.widgets.comparison import Comparison
from warehouse.widgets.html import MISSING, Tile, format_difference, format_number

Places = Mapping[str, Comparison]  # by the name of the place
DRAWN = ["interval_start", "value", "unit", "metric"]
COUNTS = ["nodes_reporting", "nodes_expected"]


def place_chart(places: Places, zone: str) -> alt.LayerChart | alt.VConcatChart:
    """Return the values as of the time, or the latest where nothing was known then: one colour for each place."""
    is_known = any(len(compared.then) for compared in places.values())
    frames = {name: compared.then if is_known else compared.latest for name, compared in places.items()}
    parts = [
        frame[[*DRAWN, *(count for count in COUNTS if count in frame)]].assign(**{LINE: name})
        for name, frame in frames.items()
        if len(frame)
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows.attrs = next(iter(frames.values())).attrs
    return series_lines(rows, zone)


def place_tiles(places: Places) -> list[Tile]:
    """Return a tile for the mean of each place: over how many intervals that have a value then and now, and both."""
    tiles = []
    for number, (name, compared) in enumerate(places.items()):
        both, unit = compared.both.dropna(subset=["value", "latest"]), compared.unit
        before, after = both["value"].mean(), both["latest"].mean()
        share = f"{len(both):,} of {compared.expected:,}"
        note = f"{share}; latest {format_number(after)} ({format_difference(after - before)})"
        note = note if len(both) else f"{share} intervals with a value"
        tiles.append(Tile(f"mean-{number}", name, format_number(before, unit), note))
    return tiles


def place_rows(places: Places, zone: str) -> pd.DataFrame:
    """Return the values as of the time as texts, one row per interval and one column per place."""
    columns = {
        f"{name}, {compared.unit}": compared.both.set_index("interval_start")["value"].map(_text).astype(object)
        for name, compared in places.items()
    }
    rows = pd.DataFrame(columns).sort_index().fillna(MISSING)
    starts = [f"{at.tz_convert(zone):%a %Y-%m-%d %H:%M %Z}" for at in rows.index]
    return pd.DataFrame({"interval start": starts, **{name: rows[name].tolist() for name in rows}})


def place_values(places: Places) -> pd.DataFrame:
    """Return the rows of all places, with their names, for downloads."""
    return pd.concat(
        [_in_utc(compared.both).assign(place=name, unit=compared.unit) for name, compared in places.items()],
        ignore_index=True,
    )


def place_sentence(places: Places, metric: str) -> str:
    """Return the answer: the places with the largest and the smallest mean, and those without a value."""
    first = next(iter(places.values()))
    means = {name: float(compared.then["value"].mean()) for name, compared in places.items()}
    known = {name: mean for name, mean in means.items() if pd.notna(mean)}
    when = f"As of {format_time(first.at, first.zone)}"
    if not known:
        return f"{when}, there were no values of {metric} at these places. The chart shows the latest ones."
    largest, smallest = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    answer = f"{when}, the mean of {metric} was {format_number(known[largest], first.unit)} at {largest}"
    if smallest != largest:
        answer += f" and {format_number(known[smallest], first.unit)} at {smallest}"
        answer += ", the largest and the smallest" if len(known) > 2 else ""
    without = [name for name in means if name not in known]
    return f"{answer}." + (f" There were no values at {' and '.join(without)}." if without else "")


def _text(value: float) -> str:
    return format_number(value) if pd.notna(value) else "withdrawn"


def _in_utc(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns="interval_start_local")
