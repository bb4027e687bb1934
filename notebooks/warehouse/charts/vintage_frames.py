"""Split frames into vintages: what was known at a time, at a cut-off, or a number of hours ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from warehouse.answers.info import answer_info
from warehouse.charts.captions import as_of_caption, as_of_time
from warehouse.charts.time_axis import format_time, round_times

SPLITS = {"moment": "as of", "lead": "lead time at least"}  # how a history is split, and the title of the legend
MAX_TIMES = 12  # as-of times that a history is split at
LEAD_BOUNDS = (168, 72, 48, 36, 24, 12, 6, 3, 1, 0)  # hours


@dataclass
class Vintage:
    """The values known at one time: at most one row per interval, with interval_start and value."""

    label: str
    rows: pd.DataFrame
    is_actual: bool = False

    def equals(self, other: "Vintage") -> bool:
        """Return whether both have the same values for the same intervals."""
        mine, theirs = (one.rows.set_index("interval_start")["value"].sort_index() for one in (self, other))
        return mine.equals(theirs)


class VintageSplit(NamedTuple):
    """The vintages to draw, oldest first, and the labels of those left out, each with the reason."""

    vintages: list[Vintage]
    omitted: list[str]


def split_vintages(frames: Sequence[pd.DataFrame], by: str, zone: str) -> VintageSplit:
    """Return the vintages in the frames; empty ones, and ones that repeat the one before, are left out."""
    kept: list[Vintage] = []
    omitted = []
    for vintage in _all_vintages(frames, by, zone):
        if vintage.rows.empty:
            omitted.append(f"{vintage.label} (no values)")
        elif kept and vintage.equals(kept[-1]):
            omitted.append(f"{vintage.label} (same values as {kept[-1].label})")
        else:
            kept.append(vintage)
    return VintageSplit(kept, omitted)


def select_actual(frames: Sequence[pd.DataFrame], actual: pd.DataFrame | None, zone: str) -> Vintage | None:
    """Return the actual: the frame passed as such, or the last values that a history has after delivery."""
    if actual is not None:
        if not len(actual):
            return None
        text = as_of_caption(actual, zone, "as passed")
        if common_load_time([*frames, actual], zone):  # the subtitle has it for all frames
            text = text.partition(", loaded by")[0]
        return Vintage(f"actual: {text}", actual, True)
    if len(frames) != 1 or not {"known_to", "interval_end"} <= set(frames[0].columns):
        return None
    last = frames[0][frames[0]["is_latest"] & (frames[0]["collected_at"] >= frames[0]["interval_end"])]
    return Vintage("actual: last value after delivery", last, True) if len(last) else None


def common_load_time(frames: Sequence[pd.DataFrame], zone: str) -> str | None:
    """Return the system time that all frames share ("" for now), or None where they differ."""
    times = {answer_info(frame).loaded for frame in frames}
    if len(times) > 1:
        return None
    (at,) = times
    return f"loaded by {format_time(pd.Timestamp(at), zone)}" if at else ""


def _all_vintages(frames: Sequence[pd.DataFrame], by: str, zone: str) -> Iterator[Vintage]:
    if len(frames) > 1:
        return _by_as_of_time(frames, zone)
    if "cutoff_name" in frames[0]:
        return _by_cutoff(frames[0], zone)
    if "known_to" not in frames[0]:
        return iter([Vintage(as_of_caption(frames[0], zone, "as passed"), frames[0])])
    return _by_time(frames[0], zone) if by == "moment" else _by_lead_time(frames[0])


def _by_as_of_time(frames: Sequence[pd.DataFrame], zone: str) -> Iterator[Vintage]:
    end_of_time = pd.Timestamp.max.tz_localize("UTC")
    is_common = common_load_time(frames, zone) is not None

    def as_of(frame: pd.DataFrame) -> pd.Timestamp:
        text = answer_info(frame).as_of
        return pd.Timestamp(text) if text else end_of_time

    for number, frame in enumerate(sorted(frames, key=as_of), start=1):
        has_short_label = answer_info(frame).as_of and is_common
        label = format_time(as_of(frame), zone) if has_short_label else as_of_caption(frame, zone, f"frame {number}")
        yield Vintage(label, frame)


def _by_cutoff(frame: pd.DataFrame, zone: str) -> Iterator[Vintage]:
    ahead = (frame["interval_start"] - frame["cutoff_at"]).groupby(frame["cutoff_name"], observed=True).mean()
    for name in ahead.sort_values(ascending=False).index:
        rows = frame[frame["cutoff_name"] == name]
        times = sorted(rows["cutoff_at"].dt.tz_convert(zone).dt.strftime("%H:%M").unique())
        yield Vintage(f"{name} ({' and '.join(times)})", rows)


def _by_time(frame: pd.DataFrame, zone: str) -> Iterator[Vintage]:
    times = sorted(frame["collected_at"].unique())
    if len(times) > MAX_TIMES:
        forecasts = frame.loc[frame["collected_at"] < frame["interval_end"], "collected_at"]
        last = frame["interval_end"].max() if len(forecasts) else times[-1]
        times = round_times(times[0], min(last, as_of_time(frame) or last), zone, MAX_TIMES)
    for at in times:
        rows = frame[(frame["collected_at"] <= at) & ((frame["known_to"] > at) | frame["known_to"].isna())]
        yield Vintage(format_time(at, zone), rows)


def _by_lead_time(frame: pd.DataFrame) -> Iterator[Vintage]:
    ordered = frame.sort_values("collected_at")
    for bound in LEAD_BOUNDS:
        rows = ordered[ordered["lead_time_hours"] >= bound].drop_duplicates("interval_start", keep="last")
        if len(rows):
            yield Vintage(f"{bound} h" if bound else "0 h (last before the start)", rows)
