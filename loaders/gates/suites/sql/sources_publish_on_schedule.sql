-- Counted back from the newest publication, so that a gap is reported for as long as the rule says and no longer.
with rules as (
    select rules.*
    from
        jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'marts') as rules (
            name text,
            kind text,
            metrics jsonb,
            grids jsonb,
            regions jsonb,
            nodes jsonb,
            sources jsonb,
            source text,
            every interval,
            over_last interval
        )
    where rules.kind = 'cadence'
),

publications as (
    select distinct
        rules.name as rule,
        rules.source,
        rules.every,
        rules.over_last,
        revisions.collected_at
    from rules
    inner join marts.dim_series as series
        on
            rules.source = series.source
            and (rules.metrics is null or rules.metrics @> to_jsonb(series.metric))
            and (rules.grids is null or rules.grids @> to_jsonb(series.grid_name))
            and (rules.regions is null or rules.regions @> to_jsonb(series.region_name))
            and (rules.nodes is null or rules.nodes @> to_jsonb(series.node_name))
            and (rules.sources is null or rules.sources @> to_jsonb(series.source))
    inner join staging.int_measure_revisions as revisions on series.series_id = revisions.series_id
),

ordered as (
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
from ordered
where collected_at - previous_collected_at > every and collected_at > newest_collected_at - over_last
order by collected_at desc
