"""Rules on what a source brings: publications without gaps, and values like those before.

The entries of rules.yml come as in marts_days.py.
"""

from loaders.gates.results import Expectation

# Back from the newest publication, so that a gap is told for as long as the rule says and no longer.
PUBLICATIONS_KEEP_TIME = Expectation(
    name="Each source publishes at the intervals that the rules of kind cadence ask",
    scope="marts.fct_measure_revisions",
    query="""
with rules as (
    select *
    from jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'marts') as rules (
        name text, kind text, metrics jsonb, source text, every interval, over_last interval
    )
    where kind = 'cadence'
),
publications as (
    select distinct rules.name as rule, rules.source, rules.every, rules.over_last, revisions.collected_at
    from rules
    inner join {batch} as revisions
        on
            rules.source = revisions.source
            and (rules.metrics is null or rules.metrics @> to_jsonb(revisions.metric))
),
stepped as (
    select
        *,
        lag(collected_at) over (partition by rule order by collected_at) as previous_collected_at,
        max(collected_at) over (partition by rule) as newest_collected_at
    from publications
)
select
    rule,
    source,
    previous_collected_at,
    collected_at,
    rule || ': ' || source || ' published nothing for ' || (collected_at - previous_collected_at) || ' until '
    || to_char(collected_at, 'YYYY-MM-DD HH24:MI') || ', and should every ' || every as finding
from stepped
where collected_at - previous_collected_at > every and collected_at > newest_collected_at - over_last
order by collected_at desc
""",
    counted="gaps",
    remedy="Ingest the publications between, or ask the publisher",
)

# By quartiles, which a few impossible values do not move. A history that never varies gives no measure of a shift.
NEWEST_LOADS_ARE_LIKE_THEIR_HISTORY = Expectation(
    name="What a source's last day of loads brought is like the history of each series (rules of kind shift)",
    scope="loads",
    query="""
with rules as (
    select *
    from jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'marts') as rules (
        name text, kind text, metrics jsonb, max_shift double precision, history interval, min_rows bigint
    )
    where kind = 'shift'
),
applied as (
    select loads.load_id, loads.source, loads.loaded_at, max(loads.loaded_at) over (partition by source) as newest_at
    from raw.loads
    inner join staging.int_loads_applied as applied on loads.load_id = applied.load_id
    where loads.rows_inserted > 0
),
delivered as (
    select
        measures.load_id,
        measures.series_id,
        min(measures.interval_start) as begins_at,
        count(measures.value) as row_count,
        percentile_cont(0.5) within group (order by measures.value) as median
    from applied
    inner join raw.measures on applied.load_id = measures.load_id
    where applied.loaded_at > applied.newest_at - interval '1 day'
    group by measures.load_id, measures.series_id
),
compared as (
    select
        rules.name as rule,
        rules.max_shift,
        delivered.load_id,
        series.grid_name as grid,
        series.region_name as region,
        series.node_name as node,
        series.metric,
        series.source,
        delivered.median,
        before.quartiles[2] as median_before,
        before.quartiles[3] - before.quartiles[1] as spread_before
    from delivered
    inner join marts.dim_series as series on delivered.series_id = series.series_id
    inner join rules
        on
            (rules.metrics is null or rules.metrics @> to_jsonb(series.metric))
            and delivered.row_count >= rules.min_rows
    cross join lateral (
        select
            count(latest.value) as row_count,
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by latest.value) as quartiles
        from marts.fct_measures_latest as latest
        where
            latest.series_id = delivered.series_id
            and latest.interval_start >= delivered.begins_at - rules.history
            and latest.interval_start < delivered.begins_at
    ) as before
    where before.row_count >= rules.min_rows
)
select
    *,
    rule || ': load ' || load_id || ' has a median ' || metric || ' of ' || median || ' at ' || node
    || ', before it was ' || median_before || ', and half of the values lay within ' || spread_before as finding
from compared
where spread_before > 0 and abs(median - median_before) > max_shift * spread_before
order by load_id desc, grid, region, node, metric
""",
    counted="series",
    remedy="Check unit, sign and node of the load; withdraw it if they are wrong",
)
