"""What there is: places, series, loads, rules and cut-offs, each as a small pandas DataFrame."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from warehouse.arguments import Instant, Name, choose, each_of, one_of
from warehouse.measures import CUTOFFS
from warehouse.query import SERIES, Answer, answer, rows_of
from warehouse.session import Reader, session

STATUSES = ("accepted", "held", "pending", "withdrawn")
GATES = ("marts", "raw")
FLAGS = """
select series_id, load_id, rule, kind, value, is_latest, interval_start, collected_at from marts.fct_quality_flags
where series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and ($5::text[] is null or rule = any($5))
order by series_id, interval_start, collected_at, rule limit $4::bigint
"""
GATE_RESULTS = """
select * from marts.fct_gate_results
where ($1::bigint is null or load_id = $1) and ($2::boolean is null or is_passed = $2)
order by load_id, checked_at, rule, metric
"""
CHECK_RESULTS = """
select * from marts.fct_check_results
where ($1::text is null or gate = $1) and ($2::boolean is null or is_passed = $2)
order by checked_at, gate, expectation
"""


def stats() -> pd.DataFrame:
    """One row: how many grids, regions, nodes, series, measures, revisions, loads by status, and how new they are."""
    return _table("select * from marts.warehouse_stats")


def grids() -> pd.DataFrame:
    """One row per grid: grid_id, grid_name, time_zone."""
    return _table("select * from marts.dim_grid order by grid_id")


def regions(grid: Name = None) -> pd.DataFrame:
    """One row per region, with its grid."""
    return choose(_table("select * from marts.dim_region order by region_id"), grid=grid).reset_index(drop=True)


def nodes(grid: Name = None, region: Name = None) -> pd.DataFrame:
    """One row per node, with its region and grid."""
    found = _table("select * from marts.dim_node order by node_id")
    return choose(found, grid=grid, region=region).reset_index(drop=True)


def node_history(grid: Name = None, region: Name = None, node: Name = None) -> pd.DataFrame:
    """One row per node and period in which its name and parents were these: valid_from, valid_to; NaT is open."""
    found = _table("select * from marts.dim_node_history order by node_id, valid_from nulls first")
    return choose(found, grid=grid, region=region, node=node).reset_index(drop=True)


def series(
    grid: Name = None, region: Name = None, node: Name = None, metric: Name = None, source: Name = None
) -> pd.DataFrame:
    """One row per series (node, metric, source), with all its parents, unit, aggregation, resolution and time zone."""
    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    return choose(_table(SERIES.catalog), **names).reset_index(drop=True)


def cutoffs() -> pd.DataFrame:
    """One row per cut-off and grid (None: all grids): name, days_before_delivery, local_time."""
    return _table(CUTOFFS)


def loads(status: Name = None, source: Name = None) -> pd.DataFrame:
    """One row per load: what was delivered, by whom, when, how many rows of it count, and its status."""
    found = _table("select * from marts.dim_load order by load_id")
    for name, wanted, known in (("status", status, STATUSES), ("source", source, found["source"].unique())):
        items = each_of(name, wanted, known)
        if items is not None:
            found = found[found[name].isin(items)]
    return found.reset_index(drop=True)


def flags(
    start: Instant = None,
    end: Instant = None,
    *,
    rule: Name = None,
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
    """One row per revision in [start, end) and rule that it breaks: the columns of marts.fct_quality_flags."""
    asked = locals()

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        known = read("select distinct rule from marts.fct_quality_flags order by rule")["rule"].to_pylist()
        return rows_of(FLAGS, asked, each_of("rule", rule, known))(read, chosen)

    return answer("flags", asked, ask)


def gate_results(load: int | None = None, passed: bool | None = None) -> pd.DataFrame:
    """One row per load, judgement, rule and metric: rows_checked, rows_failed, share_allowed, is_passed."""
    return _table(GATE_RESULTS, None if load is None else int(load), passed)


def check_results(gate: str | None = None, passed: bool | None = None) -> pd.DataFrame:
    """One row per run of `check raw` or `check marts` and expectation: observed (how many broke it), is_passed."""
    return _table(CHECK_RESULTS, gate and one_of("gate", gate, GATES), passed)


def _table(sql: str, *values: object) -> pd.DataFrame:
    with session() as read:
        return read(sql, *values).to_pandas()
