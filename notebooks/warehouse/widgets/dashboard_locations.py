"""What the dashboard can show: a series of a node, or the roll-up of a region or a grid, in the same columns."""

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

import warehouse as wh
from warehouse.analysis import knowledge_times
from warehouse.analysis.selection import location_name, series_filter
from warehouse.entities import HIERARCHY_COLUMNS
from warehouse.errors import ReadError
from warehouse.session import open_reader

ALL_REGIONS, ALL_NODES = "(all regions)", "(all nodes)"
NO_ID = -1  # of a roll-up, which is no series of the warehouse
RANGE = """
select min(interval_start) as first_start, max(interval_start) as last_start
from marts.fct_measures_latest where series_id = any($1)
"""
COLLECTED = """
select collected_at, count(*) as revisions from marts.fct_measure_revisions
where series_id = any($1) and interval_start >= $2 and interval_start < $3
group by collected_at order by collected_at
"""


def read_choices() -> pd.DataFrame:
    """Return the rows of `wh.series()`, and after them one for each roll-up of a region and of a grid."""
    series = wh.series()
    rollup: dict[str, Any] = {"series_id": NO_ID, "node_id": NO_ID, "node_name": ALL_NODES, "resolution": "PT1H"}
    what = ["metric", "source"]
    regions = series.drop_duplicates(["grid_id", "region_id", *what]).assign(**rollup)
    grids = series.drop_duplicates(["grid_id", *what]).assign(**rollup, region_id=NO_ID, region_name=ALL_REGIONS)
    return pd.concat([series, regions, grids], ignore_index=True)


def find_choices(choices: pd.DataFrame, **names: Any) -> pd.DataFrame:
    """Return the choices with these names. Raises ReadError for an unknown name."""
    if names.get("node") != ALL_NODES and names.get("region") != ALL_REGIONS:
        return wh.series(**names)
    rows = choices[choices["series_id"] == NO_ID]
    for level, name in names.items():
        if name is not None:
            text, number = HIERARCHY_COLUMNS[level]
            column = text if isinstance(name, str) or number is None else number
            rows = rows[rows[column] == name]
            if rows.empty:
                raise ReadError(f"There is no roll-up with the {level} {name}. Choose another.")
    return rows


def same_choice(choices: pd.DataFrame, choice: pd.Series) -> pd.DataFrame:
    """Return the row of a choice that was read before, with its present names; none if it is gone."""
    if not is_rollup(choice):
        return choices[choices["series_id"] == choice["series_id"]]
    keys = ["series_id", "grid_id", "region_id", "metric", "source"]
    return choices[(choices[keys] == choice[keys]).all(axis=1)]


def is_rollup(choice: pd.Series) -> bool:
    """Return whether a choice is a region or a grid."""
    return int(choice["series_id"]) == NO_ID


def series_ids(choice: pd.Series) -> list[int]:
    """Return the series that a choice is made of."""
    if not is_rollup(choice):
        return [int(choice["series_id"])]
    series = wh.series()
    keys = ["grid_id", "metric", "source", *(["region_id"] if choice["region_id"] != NO_ID else [])]
    return series[(series[keys] == choice[keys]).all(axis=1)]["series_id"].tolist()


def read_values(
    choice: pd.Series, at: pd.Timestamp | None, start: pd.Timestamp, end: pd.Timestamp, loaded: pd.Timestamp | None
) -> pd.DataFrame:
    """Return the values as of a time (None: the latest), in local time, with the columns of a series."""
    if not is_rollup(choice):
        names = series_filter(choice).as_arguments()
        if at is None and loaded is None:
            return wh.latest(start, end, **names, local=True)
        return wh.as_of(at, start, end, **names, loaded=loaded, local=True)
    grid, region = int(choice["grid_id"]), int(choice["region_id"])
    place: dict[str, Any] = {"grid": grid} if region == NO_ID else {"grid": grid, "region": region}
    what = {"metric": choice["metric"], "source": choice["source"], "local": True}
    level = "grid" if region == NO_ID else "region"
    rows = wh.rollup(level, start, end, collected=at, loaded=loaded, **place, **what)
    return rows.assign(
        series_id=NO_ID,
        region_name=choice["region_name"],
        node_name=ALL_NODES,
        collected_at=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us, UTC]"),
    )


def days_with_values(choice: pd.Series, loaded: pd.Timestamp | None) -> tuple[date, date]:
    """Return the first and the last local day with values. Raises ReadError without any."""
    limits = _value_range(choice, loaded)
    if limits is None:
        raise ReadError(f"There are no values of {choice['metric']} at {location_name(choice)}. Choose another series.")
    first, last = (at.tz_convert(str(choice["time_zone"])).date() for at in limits)
    return first, last


def _value_range(choice: pd.Series, loaded: pd.Timestamp | None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last interval_start (UTC) with values, or None without."""
    ids = series_ids(choice)
    if loaded is not None:
        ranges = [limits for one in ids if (limits := knowledge_times.series_range(one, loaded))]
        return (min(first for first, _ in ranges), max(last for _, last in ranges)) if ranges else None
    with open_reader() as read:
        first, last = read(RANGE, _as_list(ids)).to_pandas().iloc[0]
    return None if pd.isna(first) else (first, last)


def collection_times(
    choice: pd.Series, start: pd.Timestamp, end: pd.Timestamp, loaded: pd.Timestamp | None
) -> pd.DataFrame:
    """Return one row per collection time of the intervals in [start, end), oldest first: collected_at, revisions."""
    ids = series_ids(choice)
    if loaded is not None:
        rows = pd.concat([knowledge_times.revision_counts(one, start, end, loaded) for one in ids])
        return rows.groupby("collected_at")["revisions"].sum().reset_index()
    with open_reader() as read:
        return read(COLLECTED, _as_list(ids), start.to_pydatetime(), end.to_pydatetime()).to_pandas()


def _as_list(ids: list[int]) -> pa.Scalar:
    return pa.scalar(ids, pa.list_(pa.int32()))
