"""Values that break a quality rule, and the results of load gates and checks."""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa

from warehouse.arguments import Name, TimestampLike, check_choice, check_choices
from warehouse.catalog import read_frame
from warehouse.query import Answer, run, sql_query
from warehouse.session import Reader

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


def flags(
    start: TimestampLike = None,
    end: TimestampLike = None,
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
        return sql_query(FLAGS, asked, check_choices("rule", rule, known))(read, chosen)

    return run("flags", asked, ask)


def gate_results(load: int | None = None, passed: bool | None = None) -> pd.DataFrame:
    """One row per load, judgement, rule and metric: rows_checked, rows_failed, share_allowed, is_passed."""
    return read_frame(GATE_RESULTS, None if load is None else int(load), passed)


def check_results(gate: str | None = None, passed: bool | None = None) -> pd.DataFrame:
    """One row per run of `check raw` or `check marts` and expectation: observed (how many broke it), is_passed."""
    return read_frame(CHECK_RESULTS, gate and check_choice("gate", gate, GATES), passed)
