"""What was known at a moment beside what is known now, of one series: the numbers, the rows and the sentence."""

from typing import Any, NamedTuple

import pandas as pd

from warehouse.charts.time_axis import moment
from warehouse.widgets.html import NOTHING, Tile, difference, number

DAY = pd.Timedelta(days=1)


class Comparison(NamedTuple):
    """Two frames of one series, in local time, over one range: as of a moment, and the latest.

    since, revisions: how many revisions came after the moment, of how many; expected: intervals in the range.
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
        """One row per interval that was known then: value and collected_at of then, and `latest` beside them."""
        latest = self.latest.set_index("interval_start")["value"].rename("latest")
        rows = self.then[["interval_start", "interval_start_local", "value", "collected_at"]]
        return rows.join(latest, on="interval_start", validate="one_to_one")


def expected_intervals(start: pd.Timestamp, end: pd.Timestamp, resolution: str) -> int:
    """How many intervals the local days [start, end) have; a day on which clocks change has an hour less or more."""
    step = pd.Timedelta(resolution)
    length = end.tz_localize(None) - start.tz_localize(None) if step >= DAY else end - start
    return round(length / step)


def tiles_of(compared: Comparison) -> list[Tile]:
    """Mean and peak then and now, of the same intervals; what has come since; how much was known."""
    both = compared.both.dropna(subset=["value", "latest"])
    unit, known, now = compared.unit, compared.then["value"].count(), compared.latest["value"].count()
    numbers = []
    for key, name, measure in [("mean", "mean", pd.Series.mean), ("peak", "peak", pd.Series.max)]:
        before, after = measure(both["value"]), measure(both["latest"])
        note = f"latest, same intervals: {number(after, unit)} ({difference(after - before)})"
        numbers.append(Tile(key, f"{name} as known then", number(before, unit), note if len(both) else ""))
    since = f"of {compared.revisions:,} in all"
    numbers.append(Tile("since", "revisions since then", f"{compared.since:,}", since))
    share = f"{known:,} of {compared.expected:,}"
    complete = f"{known / compared.expected:.0%}; latest: {now:,}, which is {now / compared.expected:.0%}"
    numbers.append(Tile("known", "intervals known then", share, complete))
    return numbers


def rows_of(compared: Comparison) -> pd.DataFrame:
    """The rows as texts, on the local clock, with headings that name the units."""
    both, zone = compared.both, compared.zone
    names = ["interval start", f"value, {compared.unit}", "latest", "change since", "collected at"]
    columns: list[Any] = [
        [f"{at:%a %Y-%m-%d %H:%M %Z}" for at in both["interval_start_local"]],
        [number(value) if pd.notna(value) else "withdrawn" for value in both["value"]],
        [number(value) for value in both["latest"]],
        [difference(value) for value in both["latest"] - both["value"]],
        [f"{at:%Y-%m-%d %H:%M:%S}" for at in both["collected_at"].dt.tz_convert(zone)],
    ]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def sentence_of(compared: Comparison, metric: str, place: str) -> str:
    """The answer in words: what was believed then, what is known now, and how much has changed since."""
    both, unit = compared.both.dropna(subset=["value", "latest"]), compared.unit
    when = f"As of {moment(compared.at, compared.zone)}"
    if both.empty:
        return f"{when}, nothing was known of {metric} at {place}; {compared.since:,} revisions came later."
    before, after = both["value"].mean(), both["latest"].mean()
    miss = round(before - after, 2)
    verdict = f"{number(abs(miss), unit)} {'less' if miss > 0 else 'more'}" if miss else "the same"
    share = f"{len(both):,} of {compared.expected:,} intervals"
    return (
        f"{when}, {metric} at {place} was believed to average {number(before, unit)} over the {share} known then; "
        f"the latest values of the same intervals average {number(after, unit)}, {verdict}. "
        f"{compared.since:,} revisions have come since."
    )


def warehouse_tiles(stats: pd.DataFrame) -> list[Tile]:
    """The one row of `warehouse.stats()` as tiles."""
    one = stats.iloc[0]
    counts = ["grids", "regions", "nodes", "series", "measures", "revisions"]
    found = [Tile(name, name, f"{one[name]:,}") for name in counts]
    found.append(Tile("revisions_last_24h", "collected in 24 h", f"{one.revisions_last_24h:,}"))
    found += [Tile(f"loads_{status}", f"loads {status}", f"{one[f'loads_{status}']:,}") for status in
              ("accepted", "pending", "held", "withdrawn")]  # fmt: skip
    for name, said in [("newest_interval_start", "newest interval"), ("newest_collected_at", "newest collected")]:
        shown = NOTHING if pd.isna(one[name]) else f"{one[name]:%d %b %Y %H:%M} UTC"
        found.append(Tile(name, said, shown))
    return found
