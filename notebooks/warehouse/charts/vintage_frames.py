"""Vintages out of frames: what was known at each moment, at each cut-off, or so many hours ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from warehouse.charts.captions import known, spoken_of
from warehouse.charts.time_axis import moment, round_moments

WAYS = {"moment": "as known at", "lead": "known ahead of the interval by"}  # and what the legend says of them
MOST_MOMENTS = 12  # that a history is cut at
LEAD_BOUNDS = (168, 72, 48, 36, 24, 12, 6, 3, 1, 0)  # hours


@dataclass
class Vintage:
    """What was known once: at most one row an interval, with interval_start and value; the label says when."""

    label: str
    rows: pd.DataFrame
    is_actual: bool = False

    def same(self, other: "Vintage") -> bool:
        """Whether both say the same of the same intervals."""
        mine, theirs = (each.rows.set_index("interval_start")["value"].sort_index() for each in (self, other))
        return mine.equals(theirs)


def cut(frames: Sequence[pd.DataFrame], by: str, zone: str) -> list[Vintage]:
    """The vintages in the frames, oldest (or furthest ahead) first; one that repeats the one before is left out."""
    if len(frames) > 1:
        found = _in_order(frames, zone)
    elif "cutoff_name" in frames[0]:
        found = _at_cutoffs(frames[0], zone)
    elif "known_to" not in frames[0]:
        found = iter([Vintage(known(frames[0], zone, "given"), frames[0])])
    else:
        found = _at_moments(frames[0], zone) if by == "moment" else _at_leads(frames[0])
    kept: list[Vintage] = []
    for vintage in found:
        if len(vintage.rows) and not (kept and vintage.same(kept[-1])):
            kept.append(vintage)
    return kept


def settled(frames: Sequence[pd.DataFrame], actual: pd.DataFrame | None, zone: str) -> Vintage | None:
    """The actual: the frame given as such, or what a history last says of intervals after their delivery."""
    if actual is not None:
        if not len(actual):
            return None
        said = known(actual, zone, "as given")
        if held_once([*frames, actual], zone):  # the subtitle says it of all
            said = said.partition(", as held by")[0]
        return Vintage(f"actual: {said}", actual, True)
    if len(frames) != 1 or not {"known_to", "interval_end"} <= set(frames[0].columns):
        return None
    last = frames[0][frames[0]["is_latest"] & (frames[0]["collected_at"] >= frames[0]["interval_end"])]
    return Vintage("actual: last given after delivery", last, True) if len(last) else None


def held_once(frames: Sequence[pd.DataFrame], zone: str) -> str | None:
    """What a subtitle says once of all frames: as the warehouse held them when ("" for now); None where they differ."""
    held = {frame.attrs.get("loaded") for frame in frames}
    if len(held) > 1:
        return None
    (at,) = held
    return f"as held by the warehouse at {moment(pd.Timestamp(at), zone)}" if at else ""


def _in_order(frames: Sequence[pd.DataFrame], zone: str) -> Iterator[Vintage]:
    end_of_time = pd.Timestamp.max.tz_localize("UTC")
    held = held_once(frames, zone)

    def as_of(frame: pd.DataFrame) -> pd.Timestamp:
        return pd.Timestamp(frame.attrs["as_of"]) if frame.attrs.get("as_of") else end_of_time

    for number, frame in enumerate(sorted(frames, key=as_of), start=1):
        named = frame.attrs.get("as_of") and held is not None
        yield Vintage(moment(as_of(frame), zone) if named else known(frame, zone, f"frame {number}"), frame)


def _at_cutoffs(frame: pd.DataFrame, zone: str) -> Iterator[Vintage]:
    ahead = (frame["interval_start"] - frame["cutoff_at"]).groupby(frame["cutoff_name"], observed=True).mean()
    for name in ahead.sort_values(ascending=False).index:
        rows = frame[frame["cutoff_name"] == name]
        times = sorted(rows["cutoff_at"].dt.tz_convert(zone).dt.strftime("%H:%M").unique())
        yield Vintage(f"{name} ({' and '.join(times)})", rows)


def _at_moments(frame: pd.DataFrame, zone: str) -> Iterator[Vintage]:
    moments = sorted(frame["collected_at"].unique())
    if len(moments) > MOST_MOMENTS:
        forecasts = frame.loc[frame["collected_at"] < frame["interval_end"], "collected_at"]
        last = frame["interval_end"].max() if len(forecasts) else moments[-1]
        moments = round_moments(moments[0], min(last, spoken_of(frame) or last), zone, MOST_MOMENTS)
    for at in moments:
        rows = frame[(frame["collected_at"] <= at) & ((frame["known_to"] > at) | frame["known_to"].isna())]
        yield Vintage(moment(at, zone), rows)


def _at_leads(frame: pd.DataFrame) -> Iterator[Vintage]:
    ordered = frame.sort_values("collected_at")
    for bound in LEAD_BOUNDS:
        rows = ordered[ordered["lead_time_hours"] >= bound].drop_duplicates("interval_start", keep="last")
        yield Vintage(f"{bound} h" if bound else "0 h: the last before it began", rows)
