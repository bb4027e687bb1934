"""All rules over all rows of some loads, in one query; the rows themselves stay in the database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.gates.kinds import KINDS, Limit
from loaders.gates.rules import Rule, Rules

EXAMPLES = 5


@dataclass(frozen=True)
class GateResult:
    """How the rows of one load and metric kept to one rule. words: what a good row is like.

    examples: up to five rows that broke it (grid, region, node, metric, source, interval_start, collected_at, value),
    only where it did not pass.
    """

    load_id: int
    rule: str
    metric: str
    rows_checked: int
    rows_failed: int
    share_allowed: float
    words: str = ""
    examples: list[dict] = field(default_factory=list)

    @property
    def share_failed(self) -> float:
        """Share of the rows that broke the rule, 0..1."""
        return self.rows_failed / self.rows_checked if self.rows_checked else 0.0

    @property
    def passed(self) -> bool:
        """Whether that share is allowed."""
        return self.share_failed <= self.share_allowed


# A load is judged by what it delivered: the rows it stored, and those it repeated from loads that are not accepted, which
# would otherwise pass unseen behind it. Rows repeated from accepted loads have passed already.
#
# A row's neighbour is the newest value that the load has for the interval before; revisions of one interval are no
# neighbours. Intervals follow each other up to one and a half steps, because a local day can have 25 hours.
# A limit that is null asks for nothing, as a comparison with null is never true.
JUDGED = """
with limits as (
    select *
    from jsonb_to_recordset(%(limits)s::jsonb) as limits (
        metric text, times_earliest timestamptz, times_collected_ahead interval, times_interval_ahead interval,
        range_min double precision, range_max double precision, horizon_before interval, horizon_after interval,
        jump_max_change double precision, flat_line_longest interval
    )
),
series as (
    select series_id, resolution::interval as step, resolution::interval * 1.5 as reach, limits.*
    from raw.series
    inner join limits using (metric)
),
loads as (
    select load_id, loaded_at from raw.loads where load_id = any(%(load_ids)s)
),
delivered as (
    select load_id, series_id, interval_start, collected_at, value
    from raw.measures
    where load_id = any(%(load_ids)s)
    union all
    select repeated.load_id, measures.series_id, measures.interval_start, measures.collected_at, measures.value
    from raw.redelivered_rows as repeated
    inner join raw.loads as storing
        on storing.status <> 'accepted'
        and repeated.row_ids && int8range(storing.first_row_id, storing.last_row_id, '[]')
    inner join raw.measures on measures.load_id = storing.load_id and repeated.row_ids @> measures.row_id
    where repeated.load_id = any(%(load_ids)s)
),
numbered as (
    select
        *,
        row_number() over (
            partition by load_id, series_id, interval_start order by collected_at
        )::integer as revision_number,
        lead(interval_start) over chain is distinct from interval_start as is_newest
    from delivered
    window chain as (partition by load_id, series_id order by interval_start, collected_at)
),
beside as (
    select
        *,
        lag(value, revision_number) over chain as value_before,
        lag(interval_start, revision_number) over chain as interval_before
    from numbered
    window chain as (partition by load_id, series_id order by interval_start, collected_at)
),
placed as (
    select beside.*, series.*, interval_start - interval_before <= reach as has_neighbour
    from (select beside.*, series_id as of_series from beside) as beside
    inner join series on beside.of_series = series.series_id
)
"""
