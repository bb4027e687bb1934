"""What every chart says about itself, in one way: subject, unit, zone and as of when; and what it refuses."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.charts.time_axis import moment
from warehouse.session import ReadError

NUMBER = ",~f"  # thousands apart, no trailing zeros, never an exponent
SHORT = ",.6~r"  # six digits that count
WIDTH, HEIGHT = 680, 260
LINE_LENGTH = 128  # characters of a subtitle's line
MOST_NAMED = 3  # columns that a frame lacks
PARENTS = ("grid_name", "region_name", "node_name")


def fits(columns: Sequence[str], call: str, *frames: pd.DataFrame) -> None:
    """Raises ReadError unless each frame has these columns, and one of them a row; call: what returns such a frame."""
    for frame in frames:
        if not isinstance(frame, pd.DataFrame):
            raise ReadError(f"This chart draws frames such as wh.{call} returns, not a {_kind(frame)}.")
        absent = [column for column in columns if column not in frame]
        if absent:
            named = " and no ".join(absent[:MOST_NAMED])
            raise ReadError(f"This frame has no {named}; give the chart what wh.{call} returns.")
    if not any(len(frame) for frame in frames):
        raise ReadError(f"There is nothing to draw: no rows came of wh.{call}; ask for another range or series.")


def caption(subject: str, *notes: str) -> alt.Title:
    """The title of a chart; the notes, of which the last says as of when, become its subtitle."""
    lines: list[str] = []
    for note in filter(None, notes):  # a line ends where a note does
        if lines and len(lines[-1]) + len(note) + 2 <= LINE_LENGTH:
            lines[-1] += f"; {note}"
        else:
            lines += [note]
    return alt.Title(subject, subtitle=lines, anchor="start", subtitleColor="#444444", offset=10)


def known(frame: pd.DataFrame, zone: str, otherwise: str = "as of when is not said by the frame") -> str:
    """As of when the frame speaks, for legends and titles."""
    held = frame.attrs.get("loaded")
    held = f", as held by the warehouse at {moment(pd.Timestamp(held), zone)}" if held else ""
    if frame.attrs.get("as_of"):
        return f"as known at {moment(pd.Timestamp(frame.attrs['as_of']), zone)}{held}"
    if frame.attrs.get("read_at"):
        return f"latest, as read at {moment(pd.Timestamp(frame.attrs['read_at']), zone)}{held}"
    return otherwise


def spoken_of(frame: pd.DataFrame) -> pd.Timestamp | None:
    """The moment as of which the frame speaks, in UTC: nothing may be drawn as known after it."""
    at = frame.attrs.get("as_of") or frame.attrs.get("read_at")
    return pd.Timestamp(at).tz_convert("UTC") if at else None


def known_until(frame: pd.DataFrame) -> pd.Series:
    """known_to, where an open end is closed at the moment that the frame speaks of."""
    at = spoken_of(frame)
    is_open = frame["known_to"].isna() & (frame["collected_at"] < at if at is not None else False)
    return frame["known_to"].mask(is_open, at)


def zone_of(frame: pd.DataFrame, zone: str | None = None) -> str:
    """The zone asked for, or that of the grid, or UTC where the frame does not say one. Raises ReadError."""
    zones = frame.attrs.get("time_zones", [])
    chosen = zone or (zones[0] if len(zones) == 1 else "UTC")
    try:
        pd.Timestamp(0, tz=chosen)
    except (KeyError, ValueError, OSError, TypeError):
        raise ReadError(f"There is no time zone {chosen!r}; write it like 'Europe/Berlin'.") from None
    return chosen


def one_series(frame: pd.DataFrame) -> tuple[str, str]:
    """The name of the frame's only series, with its unit; and the unit. Raises ReadError when there are several."""
    count = frame["series_id"].nunique()
    if count != 1:
        raise ReadError(f"This chart shows one series, these rows hold {count}; name grid, region, node and metric.")
    grid, region, node, metric, unit = frame.iloc[0][[*PARENTS, "metric", "unit"]]
    return f"{grid} / {region} / {node}: {metric} in {unit}", unit


def several_series(frame: pd.DataFrame) -> str:
    """What the series of a frame have in common, such as `Grid1 / Region2 / 3 nodes: power`."""
    levels = []
    for column in PARENTS:
        names = frame[column].astype(str).unique()
        if len(names) > 1:
            nodes = len(frame.drop_duplicates(list(PARENTS)))
            levels.append(f"{nodes} nodes")
            break
        levels.append(names[0])
    metrics = sorted(frame["metric"].astype(str).unique()) if "metric" in frame else []
    return " / ".join(levels) + (f": {', '.join(metrics)}" if len(metrics) in (1, 2, 3) else "")


def one_unit(frame: pd.DataFrame) -> str:
    """The unit of all rows. Raises ReadError when they have several."""
    units = sorted(frame["unit"].astype(str).unique())
    if len(units) != 1:
        raise ReadError(f"This chart shows one unit, these rows have {' and '.join(units)}; name one metric.")
    return units[0]


def spoken(times: pd.Series, zone: str) -> pd.Series:
    """Instants as texts on the clock of a zone, for tooltips."""
    return times.dt.tz_convert(zone).dt.strftime("%a %d %b %Y %H:%M %Z")


def counted(count: int, thing: str) -> str:
    """Like `1 rule` and `2 rules`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def days(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """The days from first to last, both drawn, such as `Sat 28 Mar to Mon 30 Mar 2026`."""
    if first.date() == last.date():
        return f"{first:%a %d %b %Y}"
    return f"{first:%a %d %b}{f'{first: %Y}' if first.year != last.year else ''} to {last:%a %d %b %Y}"


def _kind(thing: object) -> str:
    """Like `list`, and `polars DataFrame` for what is no built-in."""
    module = type(thing).__module__.partition(".")[0]
    return type(thing).__name__ if module == "builtins" else f"{module} {type(thing).__name__}"
