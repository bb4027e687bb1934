"""Which series and which day a notebook is about, where its parameters leave that open."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
from IPython.display import Markdown

import warehouse as wh
from warehouse.analysis.markdown import note, text
from warehouse.errors import ReadError
from warehouse.requests.times import TimestampLike, parse_timestamp
from warehouse.shaping.column_order import LAST

REVISED_SHARE = 0.9  # of the most revisions per interval of any day


class SeriesFilter(NamedTuple):
    """The filters of `latest`, `as_of`, `at_cutoff` and others that select one series."""

    grid: int
    region: int
    node: int
    metric: str
    source: str

    def as_arguments(self) -> dict[str, Any]:
        """Return the filters as keyword arguments."""
        return self._asdict()


class SelectedSeries(NamedTuple):
    """One series: its row of `warehouse.series()` and all its revisions, oldest first, in local time."""

    series: pd.Series
    revisions: pd.DataFrame

    @property
    def names(self) -> dict[str, Any]:
        """The keyword arguments that select this series."""
        return series_filter(self.series).as_arguments()

    @property
    def location(self) -> str:
        """The location, such as `Grid1 / Region1 / Node1`."""
        return location_name(self.series)

    def between(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return the revisions of the intervals in [start, end)."""
        rows = self.revisions
        return rows[(rows["interval_start"] >= start) & (rows["interval_start"] < end)].reset_index(drop=True)


def series_filter(row: pd.Series) -> SeriesFilter:
    """Return the filters that select the series of a row with its ids and names."""
    grid, region, node = (int(row[f"{level}_id"]) for level in ("grid", "region", "node"))
    return SeriesFilter(grid, region, node, str(row["metric"]), str(row["source"]))


def describe_names(row: pd.Series) -> pd.DataFrame:
    """Return what a series is called and measured in, without its ids."""
    return row.drop([name for name in LAST if name in row]).to_frame("selected series")


def location_name(row: pd.Series) -> str:
    """Return the location of a row, such as `Grid1 / Region1 / Node1`."""
    return f"{row['grid_name']} / {row['region_name']} / {row['node_name']}"


def first_with_values(
    series: pd.DataFrame, collected: TimestampLike = None, loaded: TimestampLike = None
) -> SelectedSeries:
    """Return the first of these series (rows of `warehouse.series()`) that had a value. Raises ReadError for none."""
    for _, row in series.iterrows():
        revisions = every_revision(row, collected, loaded)
        if revisions["value"].notna().any():
            return SelectedSeries(row, revisions)
    raise ReadError("None of these series had a value then. Choose later times, or load data with: warehouse seed")


def every_revision(row: pd.Series, collected: TimestampLike = None, loaded: TimestampLike = None) -> pd.DataFrame:
    """Return the whole history of the series of a row with its ids and names, in local time."""
    chosen = series_filter(row)
    return wh.history(
        chosen.node,
        chosen.metric,
        (None, None),
        grid=chosen.grid,
        region=chosen.region,
        source=chosen.source,
        collected=collected,
        loaded=loaded,
        local=True,
    )


def location_names(rows: pd.DataFrame) -> pd.Series:
    """Return the location of each row, such as `Grid1 / Region1 / Node1`."""
    grid, region, node = (rows[f"{level}_name"].astype("str") for level in ("grid", "region", "node"))
    return grid + " / " + region + " / " + node


def revised_day(revisions: pd.DataFrame) -> pd.Timestamp:
    """Return the newest complete local day that was revised about as often as any: midnight, in the grid's zone.

    A day is complete with as many intervals as most days have. revisions: of one series, with interval_start_local.
    """
    with_value = revisions[revisions["value"].notna()]
    days = with_value["interval_start_local"].dt.normalize().rename("day")
    counts = with_value.groupby(days)["interval_start"].agg(intervals="nunique", revisions="size")
    complete = counts[counts["intervals"] >= counts["intervals"].median()]
    per_interval = complete["revisions"] / complete["intervals"]
    return pd.DatetimeIndex(per_interval[per_interval >= REVISED_SHARE * per_interval.max()].index).max()


def most_changed(revisions: pd.DataFrame) -> pd.Timestamp:
    """Return the start of the interval with the largest spread of values; the earliest of several."""
    by_interval = revisions.groupby("interval_start")["value"]
    spread = (by_interval.max() - by_interval.min()).fillna(0)
    return pd.DatetimeIndex(spread.index)[int(spread.to_numpy().argmax())]


def draw(chart: Callable[..., Any], frame: pd.DataFrame, *more: Any, otherwise: str, **options: Any) -> Any:
    """Return the chart of the frame; without rows, the sentence `otherwise`."""
    return note(otherwise) if frame.empty else chart(frame, *more, **options)


def describe_clocks(as_of: str | None, loaded: str | None) -> Markdown:
    """Return a sentence on the as-of time and the system time of a notebook."""
    if as_of is None and loaded is None:
        return Markdown("All values are as of **now**.")
    known, held = (_clock(at, name) for at, name in ((as_of, "as_of"), (loaded, "loaded")))
    return Markdown(f"All values are as of **{text(known)}**, loaded by **{text(held)}**.")


def _clock(at: str | None, name: str) -> str:
    moment = parse_timestamp(at, name)
    return "now" if moment is None else f"{moment:%a %d %b %Y %H:%M:%S} UTC"
