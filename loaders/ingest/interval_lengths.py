"""The lengths of intervals: what the spacing of rows shows, and where intervals of a length may begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from math import gcd
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.calendar_intervals import EPOCH, begins_interval, interval_end
from loaders.canonical.durations import CALENDAR_RESOLUTIONS
from loaders.errors import LoadError
from loaders.formats.resolution import ENOUGH_STEPS, MAIN_SHARE, shortest_length

SECOND_MICROSECONDS = 1_000_000
DAY_SECONDS, HOUR_SECONDS, QUARTER_SECONDS = 86_400, 3600, 900
DAY_HOURS, WEEK_HOURS = 24, 168
# So many days show that rows may be for whole days. The first rows show whether any are closer.
FEWEST_DAYS, FIRST_ROWS = 3, 100
UNCLEAR_LENGTH = "unclear"
# Zones are taken as they were since then; before, some had offsets of odd minutes.
FIRST_YEAR, LAST_YEAR = 1990, 2040
# Before and after 1970; the local time of a year 1 or 9999 may not exist.
MAX_MICROSECONDS = 1000 * 366 * DAY_SECONDS * SECOND_MICROSECONDS


@dataclass(frozen=True)
class Alignment:
    """Where the intervals of a series may begin: at whole steps of UTC, or `phase_seconds` after one.

    Weeks, months and years (calendar) begin and end at the same times on the calendars of all zones: of the grid, and
    of the file where it is known.
    """

    step_seconds: int = 1
    phase_seconds: int = 0
    calendar: str | None = None
    zones: tuple[str, ...] = ()


def calendar_alignment(resolution: str, *time_zones: str | None) -> Alignment:
    """Return where weeks, months or years may begin."""
    zones = tuple(dict.fromkeys(zone for zone in time_zones if zone)) or ("UTC",)
    return Alignment(calendar=resolution, zones=zones)


def alignment_of(resolution_seconds: int, time_zone: str | None) -> Alignment:
    """Return where intervals may begin: at full hours, halves and so on, of UTC or of the zone of the grid."""
    phases = {0} if time_zone is None else _phases(time_zone)
    if time_zone is None or len(phases) > 2:
        return Alignment(gcd(resolution_seconds, QUARTER_SECONDS))
    return Alignment(gcd(resolution_seconds, HOUR_SECONDS), max(phases))


@lru_cache(maxsize=256)
def _phases(time_zone: str) -> frozenset[int]:
    """Return how many seconds after full hours of UTC the hours of a zone begin."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return frozenset((0, 1, 2))
    times = [datetime(year, month, 15, tzinfo=UTC) for year in range(FIRST_YEAR, LAST_YEAR) for month in (1, 7)]
    offsets = {int(time.astimezone(zone).utcoffset().total_seconds()) for time in times}  # type: ignore[union-attr]
    return frozenset({0} | {-offset % HOUR_SECONDS for offset in offsets})


def find_unaligned(starts: np.ndarray, alignments: Sequence[Alignment], match_of_row: np.ndarray) -> np.ndarray:
    """Return which rows begin where no interval of their series begins. starts: microseconds of UTC."""
    steps = np.array([alignment.step_seconds for alignment in alignments], dtype=np.int64) * SECOND_MICROSECONDS
    phases = np.array([alignment.phase_seconds for alignment in alignments], dtype=np.int64) * SECOND_MICROSECONDS
    step = steps[match_of_row]
    unaligned: np.ndarray = starts % step != 0
    if unaligned.any() and phases.any():
        unaligned &= (starts - phases[match_of_row]) % step != 0
    for match, alignment in enumerate(alignments):
        if alignment.calendar is not None:
            of_match = match_of_row == match
            unaligned[of_match] = _begin_no_interval(starts[of_match], alignment)
    return unaligned


def _begin_no_interval(starts: np.ndarray, alignment: Alignment) -> np.ndarray:
    """Return which times do not begin a week, month or year that is the same in all zones."""
    distinct, of_row = np.unique(starts, return_inverse=True)
    bad = [_end(start, alignment) is None for start in distinct.tolist()]
    return np.array(bad, dtype=bool)[of_row]


def _end(start: int, alignment: Alignment) -> datetime | None:
    """Return when a week, month or year ends that begins then; None where none does, or where zones differ."""
    if abs(start) > MAX_MICROSECONDS:
        return None
    moment, resolution = EPOCH + timedelta(microseconds=start), alignment.calendar or ""
    zones = [ZoneInfo(zone) for zone in alignment.zones]
    if not all(begins_interval(moment, resolution, zone) for zone in zones):
        return None
    ends = {interval_end(moment, resolution, zone) for zone in zones}
    return ends.pop() if len(ends) == 1 else None


def refuse_shorter_intervals(label: str, starts: np.ndarray) -> None:
    """Raise LoadError for rows that begin within the intervals of their series, at a quarter of an hour.

    Those of them that begin at the full hour look like hourly values, so none may be stored.
    """
    if (starts % (QUARTER_SECONDS * SECOND_MICROSECONDS) == 0).any():
        raise LoadError(
            f"Rows of the series {label}, begin within its intervals. State the length of the rows (--resolution, or a"
            " column resolution). Nothing was stored."
        )


def resolution_of_rows(
    starts: np.ndarray, registered: Sequence[str], default: str, time_zone: str | None
) -> str | None:
    """Return the resolution of rows of one series that state none; None where it is unclear.

    starts: microseconds of UTC, in any order. registered: the resolutions of the series. default: that of the format.
    time_zone: of the grid.
    """
    lengths = {text: length for text in {*registered, default} if (length := length_in_seconds(text))}
    shortest = min((lengths[text] for text in registered if text in lengths), default=lengths[default])
    starts = np.unique(starts)
    steps = np.diff(starts)
    for text, length in lengths.items():
        if len(steps) and _are_consecutive(starts, text, time_zone).mean() >= MAIN_SHARE:
            return text if length <= shortest or len(steps) >= ENOUGH_STEPS else None
    fitting = [text for text in lengths if _may_be(starts, text, time_zone)]
    if len(steps) and default in fitting and lengths[default] > shortest:
        return None
    fitting = [text for text in fitting if text in registered] or list(registered)
    return fitting[0] if len(fitting) == 1 else None


def daily_resolution(starts: np.ndarray, default: str, time_zone: str) -> str | None:
    """Return P1D for rows of one series that begin at midnight, one a day; else the default, None where it is unclear.

    One row a day may be for the whole day or for one of its hours. starts: microseconds of UTC, in any order.
    """
    first = np.unique(starts[:FIRST_ROWS])
    if (np.diff(first) < (DAY_HOURS - 1) * HOUR_SECONDS * SECOND_MICROSECONDS).any():
        return default
    starts = np.unique(starts)
    hours = np.diff(starts) / (HOUR_SECONDS * SECOND_MICROSECONDS)
    length = length_in_seconds(default)
    if len(starts) < FEWEST_DAYS or length >= DAY_SECONDS or hours.min() < DAY_HOURS - 1:
        return default
    if np.abs(starts).max() > MAX_MICROSECONDS:
        return default
    zone = ZoneInfo(time_zone)
    seconds = (starts // SECOND_MICROSECONDS).tolist()
    clocks = [{datetime.fromtimestamp(second, tz).time() for second in seconds} for tz in (zone, UTC)]
    if all(len(times) > 1 for times in clocks):
        return default
    is_consecutive = hours.min() <= DAY_HOURS + 1
    return "P1D" if is_consecutive and {time.min} in clocks else None


def calendar_resolution(starts: np.ndarray, time_zone: str, fewest: int = FEWEST_DAYS) -> str | None:
    """Return P7D, P1M or P1Y for rows of one series, most of them one such interval after the other; else None.

    They begin at midnight of the zone of the grid. starts: microseconds of UTC, in any order. fewest: how many
    different ones show it.
    """
    starts = np.unique(starts)
    if len(starts) < fewest or not may_be_of_calendar(starts, time_zone):
        return None
    fitting = [text for text in CALENDAR_RESOLUTIONS if _may_be(starts, text, time_zone)]
    shown = [text for text in fitting if _are_consecutive(starts, text, time_zone).mean() >= MAIN_SHARE]
    return shown[0] if shown else None


def may_be_of_calendar(starts: np.ndarray, time_zone: str) -> bool:
    """Return whether rows of one series begin at midnight, all weeks apart, or all at the first or last of a month.

    They may be for weeks, months or years. starts: microseconds of UTC, in any order.
    """
    first = np.unique(starts[:FIRST_ROWS])
    if len(first) < 2 or np.diff(first).min() < (WEEK_HOURS - 1) * HOUR_SECONDS * SECOND_MICROSECONDS:
        return False
    starts = np.unique(starts)
    if np.abs(starts).max() > MAX_MICROSECONDS:
        return False
    hours = np.diff(starts) / (HOUR_SECONDS * SECOND_MICROSECONDS)
    weeks = np.round(hours / WEEK_HOURS)
    is_weekly = bool((np.abs(hours - weeks * WEEK_HOURS) <= 1).all() and weeks.min() >= 1)
    for zone in (ZoneInfo(time_zone), UTC):
        days = [datetime.fromtimestamp(start // SECOND_MICROSECONDS, zone) for start in starts.tolist()]
        if all(day.time() == time.min for day in days) and (is_weekly or _are_monthly(days)):
            return True
    return False


def _are_monthly(days: list[datetime]) -> bool:
    """Return whether days are the first or the last of months, most of them one, three, six or twelve months apart."""
    if not (all(day.day == 1 for day in days) or all((day + timedelta(days=1)).day == 1 for day in days)):
        return False
    steps = np.diff([12 * day.year + day.month for day in days])
    return bool(max((steps == months).mean() for months in (1, 3, 6, 12)) >= MAIN_SHARE)


def show_daily_resolutions(rows: pa.Table, names: Sequence[str], default: str, time_zone: str) -> pa.Table:
    """Return canonical rows that have the resolution P1D or UNCLEAR_LENGTH where daily_resolution finds that."""
    starts = rows.append_column("start", rows["interval_start"].cast(pa.int64()))
    groups = starts.filter(pc.is_null(rows["resolution"])).group_by(list(names)).aggregate([("start", "list")])
    starts_of = [start.values.to_numpy() for start in groups["start_list"]]
    shown = [
        calendar_resolution(rows_of, time_zone)
        if may_be_of_calendar(rows_of, time_zone)
        else daily_resolution(rows_of, default, time_zone)
        for rows_of in starts_of
    ]
    if all(resolution == default for resolution in shown):
        return rows
    lengths = {
        tuple(group[name] for name in names): resolution or UNCLEAR_LENGTH
        for group, resolution in zip(groups.select(list(names)).to_pylist(), shown, strict=True)
        if resolution != default
    }
    texts = [
        row["resolution"] or lengths.get(tuple(row[name] for name in names))
        for row in rows.select([*names, "resolution"]).to_pylist()
    ]
    position = rows.column_names.index("resolution")
    return rows.set_column(position, "resolution", pa.array(texts, pa.string()))


def _are_consecutive(starts: np.ndarray, resolution: str, time_zone: str | None) -> np.ndarray:
    """Return which of the distinct sorted times have the start of the next interval of a resolution after them."""
    if resolution not in CALENDAR_RESOLUTIONS:
        steps: np.ndarray = np.diff(starts) == length_in_seconds(resolution) * SECOND_MICROSECONDS
        return steps
    alignment = calendar_alignment(resolution, time_zone)
    following = [EPOCH + timedelta(microseconds=start) for start in starts[1:].tolist()]
    return np.array([_end(start, alignment) == end for start, end in zip(starts[:-1].tolist(), following, strict=True)])


def _may_be(starts: np.ndarray, resolution: str, time_zone: str | None) -> bool:
    """Return whether the rows may be some of the intervals of a resolution."""
    if resolution in CALENDAR_RESOLUTIONS:
        alignment = calendar_alignment(resolution, time_zone)
    else:
        alignment = alignment_of(length_in_seconds(resolution), time_zone)
    return not find_unaligned(starts, [alignment], np.zeros(len(starts), dtype=np.int64)).any()


def length_in_seconds(resolution: str) -> int:
    """Return the length of the shortest intervals of a resolution; 0 for one that no file can state."""
    try:
        return int(shortest_length(resolution).total_seconds())
    except ValueError:
        return 0
