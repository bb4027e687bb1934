"""Which series and which day a notebook asks about, where its parameters leave that open."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
from IPython.display import Markdown

import warehouse as wh
from warehouse.arguments import TimestampLike
from warehouse.session import ReadError

REVISED_LIKE_MOST = 0.9  # of the most revisions per interval that a day has


class Subject(NamedTuple):
    """One series: its row of `warehouse.series()`, and all its revisions, oldest first, in its grid's own time."""

    series: pd.Series
    revisions: pd.DataFrame

    @property
    def names(self) -> dict[str, Any]:
        """What narrows `latest`, `as_of`, `at_cutoff`, … to this series."""
        one = self.series
        places = {"grid": int(one.grid_id), "region": int(one.region_id), "node": int(one.node_id)}
        return {**places, "metric": str(one.metric), "source": str(one.source)}

    @property
    def place(self) -> str:
        """Like `Grid1 / Region1 / Node1`."""
        return f"{self.series.grid_name} / {self.series.region_name} / {self.series.node_name}"

    def between(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """The revisions of the intervals in [start, end)."""
        rows = self.revisions
        return rows[(rows["interval_start"] >= start) & (rows["interval_start"] < end)].reset_index(drop=True)


def first_with_values(found: pd.DataFrame, collected: TimestampLike = None, loaded: TimestampLike = None) -> Subject:
    """The first of these series (rows of `warehouse.series()`) that held a value then. Raises ReadError without one."""
    for _, one in found.iterrows():
        revisions = every_revision(one, collected, loaded)
        if revisions["value"].notna().any():
            return Subject(one, revisions)
    raise ReadError(
        "None of these series held a value then; ask for later moments, or load some data: python -m loaders seed"
    )


def every_revision(one: pd.Series, collected: TimestampLike = None, loaded: TimestampLike = None) -> pd.DataFrame:
    """The whole history of a series, given as a row of `warehouse.series()` or of an answer with its ids and names."""
    parents = {"grid": int(one.grid_id), "region": int(one.region_id), "source": str(one.source)}
    clocks = {"collected": collected, "loaded": loaded}
    return wh.history(int(one.node_id), str(one.metric), (None, None), **parents, **clocks, local=True)


def place_of(rows: pd.DataFrame) -> pd.Series:
    """Where each row belongs, like `Grid1 / Region1 / Node1`."""
    grid, region, node = (rows[f"{level}_name"].astype("str") for level in ("grid", "region", "node"))
    return grid + " / " + region + " / " + node


def revised_day(revisions: pd.DataFrame) -> pd.Timestamp:
    """The newest whole local day that was revised about as often as any: midnight, in the grid's zone.

    A day is whole with as many intervals as most days have. revisions: of one series, with interval_start_local.
    """
    valued = revisions[revisions["value"].notna()]
    days = valued["interval_start_local"].dt.normalize().rename("day")
    counts = valued.groupby(days)["interval_start"].agg(intervals="nunique", revisions="size")
    whole = counts[counts["intervals"] >= counts["intervals"].median()]
    often = whole["revisions"] / whole["intervals"]
    return often[often >= REVISED_LIKE_MOST * often.max()].index.max()


def most_changed(revisions: pd.DataFrame) -> pd.Timestamp:
    """The start of the interval whose values lie furthest apart; the earliest of several."""
    by_interval = revisions.groupby("interval_start")["value"]
    return (by_interval.max() - by_interval.min()).fillna(0).idxmax()


def draw(chart: Callable[..., Any], frame: pd.DataFrame, *more: Any, otherwise: str, **options: Any) -> Any:
    """The chart of the frame; without rows, `otherwise`, which says why there is none."""
    return Markdown(f"*{otherwise}*") if frame.empty else chart(frame, *more, **options)


def asked_as_of(as_of: str | None, loaded: str | None) -> Markdown:
    """On which clocks a notebook answers."""
    if as_of is None and loaded is None:
        return Markdown("As known **now**, by what the warehouse holds now.")
    return Markdown(f"As known at **{as_of or 'any time'}**, by what was loaded until **{loaded or 'now'}**.")
