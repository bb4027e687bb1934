"""Compare the values of one series as of a time with the latest: tiles, rows and a sentence."""

from typing import Any, NamedTuple

import pandas as pd

from loaders.canonical.durations import CALENDAR_RESOLUTIONS
from warehouse.charts.captions import count_noun
from warehouse.charts.time_axis import format_time
from warehouse.widgets.html import MISSING, Tile, format_difference, format_number

DAY = pd.Timedelta(days=1)


class Comparison(NamedTuple):
    """Two frames of one series, in local time, over one range: as of a time, and the latest.

    since: revisions collected after the time; revisions: of how many; expected: intervals in the range.
    """

    then: pd.DataFrame
    latest: pd.DataFrame
    at: pd.Timestamp
    since: int
    revisions: int
    expected: int
    unit: str
    zone: str

    @property
    def both(self) -> pd.DataFrame:
        """Return one row per interval with a value as of the time: value, `latest`, and collected_at or the nodes."""
        latest = self.latest.set_index("interval_start")["value"].rename("latest")
        known = ["nodes_reporting", "nodes_expected"] if "nodes_reporting" in self.then else ["collected_at"]
        rows = self.then[["interval_start", "interval_start_local", "value", *known]]
        return rows.join(latest, on="interval_start", validate="one_to_one")


def expected_intervals(start: pd.Timestamp, end: pd.Timestamp, resolution: str) -> int:
    """Return how many intervals begin in the local days [start, end); clock changes make a day of 23 or 25 hours."""
    days = pd.date_range(start.tz_localize(None), end.tz_localize(None), inclusive="left")
    if resolution in CALENDAR_RESOLUTIONS:
        firsts = {"P7D": days[::7], "P1M": days[days.is_month_start], "P1Y": days[days.is_year_start]}
        return len(firsts[resolution])
    step = pd.Timedelta(resolution)
    length = end.tz_localize(None) - start.tz_localize(None) if step >= DAY else end - start
    return round(length / step)


def comparison_tiles(compared: Comparison) -> list[Tile]:
    """Return tiles for mean and peak of the same intervals, revisions since, and intervals with a value."""
    both = compared.both.dropna(subset=["value", "latest"])
    unit, known, now = compared.unit, compared.then["value"].count(), compared.latest["value"].count()
    numbers = []
    for key in ("mean", "peak"):
        before, after = (_summary(both[column], key) for column in ("value", "latest"))
        note = f"latest, same intervals: {format_number(after, unit)} ({format_difference(after - before)})"
        numbers.append(Tile(key, f"{key} as of this time", format_number(before, unit), note if len(both) else ""))
    since = f"of {compared.revisions:,} in total"
    numbers.append(Tile("since", "revisions since then", f"{compared.since:,}", since))
    share = f"{known:,} of {compared.expected:,}"
    complete = f"{known / compared.expected:.0%}; latest: {now:,}, {now / compared.expected:.0%}"
    numbers.append(Tile("known", "intervals with a value then", share, complete))
    return numbers


def _summary(values: pd.Series, key: str) -> float:
    return float(values.mean() if key == "mean" else values.max())


def comparison_rows(compared: Comparison) -> pd.DataFrame:
    """Return the rows as texts, in local time, with units in the headings."""
    both, zone = compared.both, compared.zone
    names = ["interval start", f"value, {compared.unit}", "latest", "change since"]
    columns: list[Any] = [
        [f"{at:%a %Y-%m-%d %H:%M %Z}" for at in both["interval_start_local"]],
        [format_number(value) if pd.notna(value) else "withdrawn" for value in both["value"]],
        [format_number(value) for value in both["latest"]],
        [format_difference(value) for value in both["latest"] - both["value"]],
    ]
    if "collected_at" in both:
        names.append("collected at")
        columns.append([f"{at:%Y-%m-%d %H:%M:%S}" for at in both["collected_at"].dt.tz_convert(zone)])
    else:
        names.append("nodes with a value")
        nodes = zip(both["nodes_reporting"], both["nodes_expected"], strict=True)
        columns.append([f"{reporting} of {expected}" for reporting, expected in nodes])
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def comparison_sentence(compared: Comparison, metric: str, location: str) -> str:
    """Return the answer: the mean as of the time, the mean now, and how much has changed since."""
    both, unit = compared.both.dropna(subset=["value", "latest"]), compared.unit
    when = f"As of {format_time(compared.at, compared.zone)}"
    if both.empty:
        return f"{when}, there were no values of {metric} at {location}. {_revisions(compared)} came later."
    before, after = both["value"].mean(), both["latest"].mean()
    error = round(before - after, 2)
    verdict = f"{format_number(abs(error), unit)} {'less' if error > 0 else 'more'}" if error else "the same"
    share = f"{len(both):,} of {compared.expected:,} intervals"
    return (
        f"{when}, the mean of {metric} at {location} was {format_number(before, unit)} over {share} with a value. "
        f"The latest values of the same intervals have a mean of {format_number(after, unit)}, {verdict}. "
        f"{_revisions(compared)} {'has' if compared.since == 1 else 'have'} come since."
    )


def _revisions(compared: Comparison) -> str:
    return count_noun(compared.since, "revision")


def warehouse_tiles(stats: pd.DataFrame) -> list[Tile]:
    """Return the row of `warehouse.stats()` as tiles."""
    row = stats.iloc[0]
    counts = ["grids", "regions", "nodes", "series", "measures", "revisions"]
    tiles = [Tile(name, name, f"{row[name]:,}") for name in counts]
    tiles.append(Tile("revisions_last_24h", "collected in 24 h", f"{row.revisions_last_24h:,}"))
    tiles += [Tile(f"loads_{status}", f"loads {status}", f"{row[f'loads_{status}']:,}") for status in
              ("accepted", "pending", "held", "withdrawn")]  # fmt: skip
    for name, label in [("newest_interval_start", "newest interval"), ("newest_collected_at", "newest collected")]:
        value = MISSING if pd.isna(row[name]) else f"{row[name]:%d %b %Y %H:%M} UTC"
        tiles.append(Tile(name, label, value))
    return tiles
