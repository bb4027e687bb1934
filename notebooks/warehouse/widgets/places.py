"""The places that the dashboard can compare: nodes, regions and grids, each with a name of its own."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from warehouse.errors import ReadError
from warehouse.widgets.comparison import Comparison, expected_intervals
from warehouse.widgets.dashboard_locations import ALL_NODES, ALL_REGIONS, NO_ID, collection_times, read_values

MAX_PLACES = 5  # as many as there are colours
KEYS = ["series_id", "grid_id", "region_id", "node_id"]


class Range(NamedTuple):
    """The intervals that are read, and the system time (None: now)."""

    start: pd.Timestamp
    end: pd.Timestamp
    loaded: pd.Timestamp | None


class PlaceRead(NamedTuple):
    """The latest values of a place, and how many revisions were collected when."""

    latest: pd.DataFrame
    collections: pd.DataFrame


def place_name(choice: pd.Series) -> str:
    """Return the name of a place, such as `Grid1 / Region1 / Node1`, `Grid1 / Region1` or `Grid1`."""
    names = (str(choice[f"{level}_name"]) for level in ("grid", "region", "node"))
    return " / ".join(name for name in names if name not in (ALL_NODES, ALL_REGIONS))


def comparable_places(choices: pd.DataFrame, choice: pd.Series) -> pd.DataFrame:
    """Return the other choices of the same metric and unit, with their names as the index.

    Of roll-ups only those of the same source are offered.
    """
    is_alike = (choices["metric"] == choice["metric"]) & (choices["unit"] == choice["unit"])
    is_alike &= (choices["series_id"] != NO_ID) | (choices["source"] == choice["source"])
    is_same = (choices[KEYS] == choice[KEYS]).all(axis=1)
    places = choices[is_alike & ~is_same]
    names = places["grid_name"].astype(str)
    for level, every in (("region", ALL_REGIONS), ("node", ALL_NODES)):
        of_level = places[f"{level}_name"].astype(str)
        names = names + (" / " + of_level).where(of_level != every, "")
    is_shared = names.duplicated(keep=False) | (names == place_name(choice))
    further = " (" + places["source"].astype(str) + ", " + places["resolution"].astype(str) + ")"
    return places.set_axis(pd.Index(names + further.where(is_shared, "")))


def require_places(places: pd.DataFrame, names: str | Sequence[str] | None, metric: str) -> list[str]:
    """Return the names of places to compare. Raises ReadError for one that there is not."""
    wanted = [names] if isinstance(names, str) else list(names or [])
    for name in wanted:
        if name not in places.index:
            raise ReadError(f"There is no {metric} at {name} to compare with. Choose another place.")
    return list(dict.fromkeys(wanted))


def compare_place(place: pd.Series, range_read: Range, read: PlaceRead, at: pd.Timestamp, zone: str) -> Comparison:
    """Return the comparison of a place as of a time with its latest values."""
    start, end, loaded = range_read
    latest, counts = read
    return Comparison(
        then=read_values(place, at, start, end, loaded),
        latest=latest,
        at=at,
        since=int(counts.loc[counts["collected_at"] > at, "revisions"].sum()),
        revisions=int(counts["revisions"].sum()),
        expected=max(expected_intervals(start, end, str(place["resolution"])), len(latest)),
        unit=str(latest["unit"].iloc[0] if len(latest) else place["unit"]),
        zone=zone,
    )


def read_place(place: pd.Series, range_read: Range) -> PlaceRead:
    """Return what is read of a place once for a range."""
    start, end, loaded = range_read
    latest = read_values(place, None, start, end, loaded)
    return PlaceRead(latest, collection_times(place, start, end, loaded))
