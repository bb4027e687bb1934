"""Regions and grids by the hour, and how complete the days are: see `warehouse` for what the arguments mean."""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from warehouse.arguments import (
    Name,
    TimestampLike,
    check_choice,
    check_choices,
    parse_days,
    parse_timestamp,
    select_rows,
)
from warehouse.query import SERIES_COLUMNS, Answer, EntityColumns, run, sql_query, to_sql_timestamp
from warehouse.session import Reader, ReadError

LOCATION_COLUMNS = {
    "region": EntityColumns(
        "locations",
        "region_id",
        ("grid_id", "region_id"),
        ("grid_name", "region_name"),
        "select region_id, grid_id, grid_name, region_name, time_zone from marts.dim_region order by region_id",
    ),
    "grid": EntityColumns(
        "locations",
        "grid_id",
        ("grid_id",),
        ("grid_name",),
        "select grid_id, grid_name, time_zone from marts.dim_grid order by grid_id",
    ),
}
NOW = {
    "region": """
select region_id, metric, source, unit, nodes_reporting, nodes_expected, value, interval_start
from marts.fct_region_hourly
where region_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by region_id, metric, source, interval_start limit $4::bigint
""",
    "grid": """
select grid_id, metric, source, unit, nodes_reporting, nodes_expected, value, interval_start
from marts.fct_grid_hourly
where grid_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3)
    and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by grid_id, metric, source, interval_start limit $4::bigint
""",
}
# The functions' own filters are for one place and one metric; they keep others from being read.
THEN = {
    "region": """
select region_id, metric, source, unit, nodes_reporting, nodes_expected, value, interval_start
from marts.region_hourly_as_of(
    collected_datetime => $7, start_datetime => $2, end_datetime => $3, loaded_datetime => $8,
    region_id => case when cardinality($1::integer[]) = 1 then ($1::integer[])[1] end,
    metric => case when cardinality($5::text[]) = 1 then ($5::text[])[1] end)
where region_id = any($1) and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by region_id, metric, source, interval_start limit $4::bigint
""",
    "grid": """
select grid_id, metric, source, unit, nodes_reporting, nodes_expected, value, interval_start
from marts.grid_hourly_as_of(
    collected_datetime => $7, start_datetime => $2, end_datetime => $3, loaded_datetime => $8,
    grid_id => case when cardinality($1::integer[]) = 1 then ($1::integer[])[1] end,
    metric => case when cardinality($5::text[]) = 1 then ($5::text[])[1] end)
where grid_id = any($1) and ($5::text[] is null or metric = any($5)) and ($6::text[] is null or source = any($6))
order by grid_id, metric, source, interval_start limit $4::bigint
""",
}
KNOWN = "select distinct metric, source from marts.dim_series order by metric, source"
COMPLETENESS = """
select series_id, expected, present, withdrawn, missing, local_date from marts.fct_completeness
where series_id = any($1) and ($2::date is null or local_date >= $2) and ($3::date is null or local_date < $3)
order by series_id, local_date limit $4::bigint
"""


def rollup(
    level: str,
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    grid: Name = None,
    region: Name = None,
    metric: Name = None,
    source: Name = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """The hours in [start, end) of each "region" or "grid", metric and source: its nodes added up, or averaged.

    Columns of marts.fct_region_hourly or fct_grid_hourly: value in `unit`, nodes_reporting of nodes_expected.
    collected, loaded: as known then, as this warehouse held it then.
    """
    asked = locals()
    check_choice("level", level, LOCATION_COLUMNS)
    if level == "grid" and region is not None:
        raise ReadError('A roll-up of grids takes no region; leave it out, or ask for rollup("region", ...).')
    moments = [
        to_sql_timestamp(parse_timestamp(collected, "collected")),
        to_sql_timestamp(parse_timestamp(loaded, "loaded")),
    ]
    is_then = moments != [None, None]

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        known = read(KNOWN)
        metrics = check_choices("metric", metric, known["metric"].unique().to_pylist())
        sources = check_choices("source", source, known["source"].unique().to_pylist())
        sql, further = (THEN, moments) if is_then else (NOW, [])
        return sql_query(sql[level], asked, metrics, sources, *further)(read, chosen)

    return run("rollup", asked, ask, LOCATION_COLUMNS[level], _select_locations)


def completeness(
    start: TimestampLike = None,
    end: TimestampLike = None,
    *,
    grid: Name = None,
    region: Name = None,
    node: Name = None,
    metric: Name = None,
    source: Name = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
) -> Answer:
    """One row per series and local day in [start, end): intervals expected (23, 24 or 25 hours), present, missing.

    start, end: days on the grid's own calendar, as written. The columns of marts.fct_completeness.
    """
    asked = locals()
    ask = sql_query(COMPLETENESS, asked, within=parse_days(start, end))
    return run("completeness", asked, ask, replace(SERIES_COLUMNS, names=SERIES_COLUMNS.names[:-1]))


def _select_locations(catalog: pd.DataFrame, metric: Name, source: Name, **names: Name) -> pd.DataFrame:
    return select_rows(catalog, **{level: name for level, name in names.items() if name is not None})
