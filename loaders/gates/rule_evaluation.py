"""All rules over all rows of some loads, in one query; the rows themselves stay in the database.

Rows that break a rule are kept in raw.flagged_rows: counted and shown here, published as flags by the marts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.gates.rule_kinds import KINDS, limit_as_json
from loaders.gates.rules import Rules

EXAMPLES = 5


@dataclass(frozen=True)
class GateResult:
    """How the rows of one load and metric kept to one rule. rule_description: what a good row is like.

    examples: up to five rows that broke it (grid, region, node, metric, source, interval_start, collected_at, value),
    only where it did not pass.
    """

    load_id: int
    rule: str
    metric: str
    rows_checked: int
    rows_failed: int
    share_allowed: float
    rule_description: str = ""
    examples: list[dict] = field(default_factory=list)

    @property
    def share_failed(self) -> float:
        """Share of the rows that broke the rule, 0..1."""
        return self.rows_failed / self.rows_checked if self.rows_checked else 0.0

    @property
    def passed(self) -> bool:
        """Whether that share is allowed."""
        return self.share_failed <= self.share_allowed


# All that a load delivered is looked at: the rows it stored, and those it repeated, which count for it when the load
# that stored them is withdrawn. It is judged by those that no accepted load had delivered; the others passed already.
#
# A row's neighbour is the newest value that the load has for the interval before; revisions of one interval are no
# neighbours. Intervals follow each other within one and a half steps, because a local day can have 25 hours.
# All windows share one sort. A limit that is null asks for nothing: a comparison with null is never true.
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
    select series_id, metric, resolution::interval as step, resolution::interval * 1.5 as reach from raw.series
),
delivered as (
    select load_id, series_id, interval_start, collected_at, value, true as is_new
    from raw.measures
    where load_id = any(%(load_ids)s)
    union all
    select
        repeated.load_id, measures.series_id, measures.interval_start, measures.collected_at, measures.value,
        storing.status <> 'accepted' as is_new
    from raw.redelivered_rows as repeated
    inner join raw.loads as storing
        on repeated.row_ids && int8range(storing.first_row_id, storing.last_row_id, '[]')
    inner join raw.measures on measures.load_id = storing.load_id and repeated.row_ids @> measures.row_id
    where repeated.load_id = any(%(load_ids)s)
),
stepped as (
    select
        delivered.*,
        series.reach,
        lag(value) over chain as value_of_row_before,
        lag(interval_start) over chain as start_of_row_before,
        lead(interval_start) over chain is distinct from interval_start as is_newest
    from delivered
    inner join series using (series_id)
    window chain as (partition by load_id, series_id order by interval_start, collected_at)
),
beside as (
    select
        *,
        first_value(value_of_row_before) over revisions as value_before,
        interval_start <= first_value(start_of_row_before) over revisions + reach as has_neighbour
    from stepped
    window revisions as (partition by load_id, series_id, interval_start order by collected_at)
),
flat as (
    select
        *,
        max(interval_start) filter (where is_newest and (has_neighbour and value = value_before) is not true)
            over chain as same_since
    from beside
    window chain as (
        partition by load_id, series_id order by interval_start, collected_at
        rows between unbounded preceding and current row
    )
),
judged as (
    select
        flat.load_id,
        flat.series_id,
        flat.interval_start,
        flat.collected_at,
        flat.value,
        flat.is_new,
        series.metric,
        value >= 'infinity' or value = '-infinity' as breaks_finite,
        interval_start < times_earliest
        or collected_at < times_earliest
        or collected_at > loaded_at + times_collected_ahead
        or interval_start > loaded_at + times_interval_ahead as breaks_times,
        value < range_min or value > range_max as breaks_range,
        collected_at + horizon_before < interval_start
        or interval_start + horizon_after < collected_at as breaks_horizon,
        value is null as breaks_nulls,
        has_neighbour and abs(value - value_before) > jump_max_change as breaks_jump,
        is_newest and value is not null and interval_start + step > same_since + flat_line_longest as breaks_flat_line
    from flat
    inner join series using (series_id)
    inner join limits using (metric)
    inner join raw.loads using (load_id)
)
"""
FLAGS = {kind: sql.Identifier(f"breaks_{kind}") for kind in KINDS}

# Materialised, so that the good rows, which are nearly all, are not multiplied by the rules first.
KEEP_FLAGGED = sql.SQL("""
insert into raw.flagged_rows (load_id, series_id, interval_start, collected_at, value, rule, kind, is_new)
{judged},
bad as materialized (
    select * from judged where {any_flag}
)
select load_id, series_id, interval_start, collected_at, value, rule, kind, is_new
from bad
cross join lateral (values {flags}) as found (kind, breaks)
inner join jsonb_to_recordset(%(rules)s::jsonb) as rules (metric text, kind text, rule text) using (metric, kind)
where breaks
""").format(
    judged=sql.SQL(JUDGED),
    flags=sql.SQL(", ").join(sql.SQL("({}, {})").format(sql.Literal(kind), flag) for kind, flag in FLAGS.items()),
    any_flag=sql.SQL(" or ").join(FLAGS.values()),
)

ROWS_CHECKED = """
with delivered as (
    select load_id, series_id, count(*) as row_count from raw.measures where load_id = any(%(load_ids)s) group by 1, 2
    union all
    select repeated.load_id, measures.series_id, count(*) as row_count
    from raw.redelivered_rows as repeated
    inner join raw.loads as storing
        on
            storing.status <> 'accepted'
            and repeated.row_ids && int8range(storing.first_row_id, storing.last_row_id, '[]')
    inner join raw.measures on measures.load_id = storing.load_id and repeated.row_ids @> measures.row_id
    where repeated.load_id = any(%(load_ids)s)
    group by 1, 2
)
select load_id, metric, sum(row_count)::bigint as row_count
from delivered
inner join raw.series using (series_id)
group by load_id, metric
order by load_id, metric
"""

ROWS_FAILED = """
select load_id, metric, rule, count(*) as row_count
from raw.flagged_rows
inner join raw.series using (series_id)
where load_id = any(%(load_ids)s) and is_new
group by load_id, metric, rule
"""

SOME_ROWS = """
select
    grid_name as grid,
    region_name as region,
    node_name as node,
    metric,
    source,
    interval_start,
    collected_at,
    value
from raw.flagged_rows
inner join raw.series using (series_id)
inner join raw.nodes using (node_id)
inner join raw.regions using (region_id)
inner join raw.grids using (grid_id)
where load_id = %(load_id)s and rule = %(rule)s and metric = %(metric)s and is_new
order by grid, region, node, source, interval_start, collected_at
limit %(limit)s
"""


# Rows stored a moment ago are in no statistics, and the planner takes a million for one: it would sort them three times
# and compile the query, which costs more than running it on a few.
SETTINGS = {"work_mem": "256MB", "jit": "off", "enable_mergejoin": "off", "enable_sort": "off"}


def measure(connection: psycopg.Connection, load_ids: Sequence[int], rules: Rules) -> list[GateResult]:
    """One result for each load, metric of its rows and rule of that metric; none for a load without new rows.

    Replaces what raw.flagged_rows has of these loads. connection: role warehouse_loader, in a transaction. Cost by the
    rows of these loads.
    """
    given = {"load_ids": list(load_ids)}
    connection.execute("select ledger.clear_flagged_rows(%(load_ids)s)", given)
    with connection.transaction():
        for name, value in SETTINGS.items():
            connection.execute("select set_config(%s, %s, true)", [name, value])
        connection.execute(KEEP_FLAGGED, {**given, **_asked(connection, rules)})
        for name in SETTINGS:
            connection.execute(sql.SQL("set local {} to default").format(sql.Identifier(name)))
    checked = connection.execute(ROWS_CHECKED, given).fetchall()
    failed = {tuple(key): count for *key, count in connection.execute(ROWS_FAILED, given)}
    results = [
        GateResult(
            load_id,
            rule.name,
            metric,
            count,
            failed.get((load_id, metric, rule.name), 0),
            rule.share_allowed,
            rule.words,
        )
        for load_id, metric, count in checked
        for rule in rules.of(metric)
    ]
    return [result if result.passed else _with_examples(connection, result) for result in results]


def _asked(connection: psycopg.Connection, rules: Rules) -> dict[str, str]:
    """JSON. limits: one object for each registered metric, with the limits of its rules named KIND_PARAMETER; rules:
    one for each metric and kind, with the rule's name."""
    metrics = [metric for (metric,) in connection.execute("select metric from raw.metrics")]
    limits = [
        {"metric": metric}
        | {
            f"{rule.kind}_{name}": limit_as_json(limit)
            for rule in rules.of(metric)
            for name, limit in rule.limits.items()
        }
        for metric in metrics
    ]
    named = [
        {"metric": metric, "kind": rule.kind, "rule": rule.name} for metric in metrics for rule in rules.of(metric)
    ]
    return {"limits": json.dumps(limits), "rules": json.dumps(named)}


def _with_examples(connection: psycopg.Connection, result: GateResult) -> GateResult:
    asked = {"load_id": result.load_id, "rule": result.rule, "metric": result.metric, "limit": EXAMPLES}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(SOME_ROWS, asked).fetchall()
    return replace(result, examples=[{name: _json(value) for name, value in row.items()} for row in rows])


def _json(value: object) -> object:
    """As JSON can hold it: it has neither times nor numbers without end."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if not isinstance(value, float) or isfinite(value) else str(value)
