"""Titles and subtitles of charts, and the checks of the frames that charts are drawn from."""

import textwrap
from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.answers.info import answer_info
from warehouse.charts.time_axis import format_time
from warehouse.errors import ReadError

NUMBER = ",~f"  # thousands separators, no trailing zeros, never an exponent
SHORT_NUMBER = ",.6~r"  # six significant digits
WIDTH, HEIGHT = 680, 260
SUBTITLE_LENGTH = 118  # characters in a line of the subtitle
MAX_MISSING_COLUMNS = 3
MAX_OMITTED = 12
PARENTS = ("grid_name", "region_name", "node_name")


def require_columns(columns: Sequence[str], call: str, *frames: pd.DataFrame) -> None:
    """Raise ReadError unless every frame has these columns and one has a row; call: what returns such a frame."""
    for frame in frames:
        if not isinstance(frame, pd.DataFrame):
            raise ReadError(f"This chart needs a pandas frame from wh.{call}, not a {_type_name(frame)}.")
        missing = [column for column in columns if column not in frame]
        if missing:
            names = ", ".join(missing[:MAX_MISSING_COLUMNS])
            raise ReadError(f"This frame has no column {names}. Pass a frame from wh.{call}.")
    if not any(len(frame) for frame in frames):
        raise ReadError(f"There are no rows to draw. Choose another range or series in wh.{call}.")


def caption(subject: str, *notes: str) -> alt.Title:
    """Return the title of a chart, with the notes as its subtitle; a line breaks between notes, or in a long one."""
    lines: list[str] = []
    for note in filter(None, notes):
        if lines and len(lines[-1]) + len(note) + 2 <= SUBTITLE_LENGTH:
            lines[-1] += f"; {note}"
        else:
            lines += textwrap.wrap(note, SUBTITLE_LENGTH, break_long_words=False)
    return alt.Title(subject, subtitle=lines, anchor="start", offset=10)


def as_of_caption(frame: pd.DataFrame, zone: str, otherwise: str = "the frame does not record its as-of time") -> str:
    """Return as of when the values of a frame are, for legends and subtitles."""
    info = answer_info(frame)
    loaded = f", loaded by {format_time(pd.Timestamp(info.loaded), zone)}" if info.loaded else ""
    if info.as_of:
        return f"as of {format_time(pd.Timestamp(info.as_of), zone)}{loaded}"
    if info.read_at:
        return f"latest, read at {format_time(pd.Timestamp(info.read_at), zone)}{loaded}"
    return otherwise


def as_of_time(frame: pd.DataFrame) -> pd.Timestamp | None:
    """Return the as-of time of a frame in UTC; nothing may be drawn as known after it."""
    return answer_info(frame).as_of_time


def closed_known_to(frame: pd.DataFrame) -> pd.Series:
    """Return known_to, with open ends set to the as-of time of the frame."""
    at = as_of_time(frame)
    is_open = frame["known_to"].isna() & (frame["collected_at"] < at if at is not None else False)
    return frame["known_to"].mask(is_open, at)


def resolve_time_zone(frame: pd.DataFrame, zone: str | None = None) -> str:
    """Return the zone of the axes: `zone`, else the only zone of the frame's grids, else UTC. Raises ReadError."""
    zones = answer_info(frame).time_zones
    resolved = zone or (zones[0] if len(zones) == 1 else "UTC")
    try:
        pd.Timestamp(0, tz=resolved)
    except (KeyError, ValueError, OSError, TypeError):
        raise ReadError(f"Unknown time zone {resolved!r}. Use an IANA name such as 'Europe/Berlin'.") from None
    return resolved


def time_zone_note(frame: pd.DataFrame, zone: str, requested: str | None = None) -> str:
    """Return the note on the zone of the axes; it says why they are in UTC where nobody chose that."""
    zones = answer_info(frame).time_zones
    if requested or len(zones) == 1:
        return f"times in {zone}"
    if zones:
        return f"times in {zone}, as the grids are in {len(zones)} time zones"
    return f"times in {zone}, as the frame does not record a time zone (pass zone=)"


def describe_series(frame: pd.DataFrame) -> tuple[str, str]:
    """Return the name of the frame's only series with its unit, and the unit. Raises ReadError for several series."""
    count = frame["series_id"].nunique()
    if count != 1:
        raise ReadError(f"This chart shows one series; the frame has {count}. Filter by grid, region, node and metric.")
    grid, region, node, metric, unit = frame.iloc[0][[*PARENTS, "metric", "unit"]]
    return f"{grid} / {region} / {node}: {metric} in {unit}", str(unit)


def describe_several(frame: pd.DataFrame) -> str:
    """Return what the series of a frame have in common, such as `Grid1 / Region2 / 3 nodes: power`."""
    levels = []
    parents = [column for column in PARENTS if column in frame]
    for column in parents:
        names = frame[column].astype(str).unique()
        if len(names) > 1:
            count = len(frame.drop_duplicates(parents))
            levels.append(f"{count} {parents[-1].removesuffix('_name')}s")
            break
        levels.append(names[0])
    metrics = sorted(frame["metric"].astype(str).unique()) if "metric" in frame else []
    return ": ".join(filter(None, [" / ".join(levels), ", ".join(metrics) if len(metrics) <= 3 else ""]))


def require_one_unit(frame: pd.DataFrame) -> str:
    """Return the unit of all rows. Raises ReadError when there are several."""
    units = sorted(frame["unit"].astype(str).unique())
    if len(units) != 1:
        raise ReadError(f"This chart shows one unit; the frame has {' and '.join(units)}. Filter by metric or source.")
    return units[0]


def format_times(times: pd.Series, zone: str) -> pd.Series:
    """Return timestamps as texts in a time zone, for tooltips."""
    return times.dt.tz_convert(zone).dt.strftime("%a %d %b %Y %H:%M %Z")


def count_noun(count: int, noun: str) -> str:
    """Return a number with its noun: `1 rule`, `2 rules`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_days(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return an inclusive range of days, such as `Sat 28 Mar to Mon 30 Mar 2026`."""
    if first.date() == last.date():
        return f"{first:%a %d %b %Y}"
    return f"{first:%a %d %b}{f'{first: %Y}' if first.year != last.year else ''} to {last:%a %d %b %Y}"


def omission_note(omitted: Sequence[str]) -> str:
    """Return the note that names what a table has and the chart does not show."""
    if not omitted:
        return ""
    more = len(omitted) - MAX_OMITTED
    return f"not drawn: {', '.join(omitted[:MAX_OMITTED])}" + (f" and {more} more" if more > 0 else "")


def _type_name(value: object) -> str:
    """Return a type such as `list`, with its package where it is not built in: `polars DataFrame`."""
    package = type(value).__module__.partition(".")[0]
    return type(value).__name__ if package == "builtins" else f"{package} {type(value).__name__}"
