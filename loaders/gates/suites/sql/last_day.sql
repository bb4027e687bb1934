-- For each rule on the last full local day and each of its series: the values expected of that day, and those present.
--
-- The last day is the last one that ended before the newest value of a grid's metric and source, as forecasts are
-- ahead of readings. A series is expected from its first value on, until it has been silent for as long as the rule
-- remembers it, or another resolution of the same source has taken over. Weeks, months and years, which end on few
-- days, are expected on none. The microseconds: right also where a clock change repeats or skips midnight.
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
            min_share double precision,
            remembered interval
        )
    where rules.kind in ('completeness', 'hierarchy_share')
),

spans as (
    select
        rules.name as rule,
        rules.kind,
        rules.min_share,
        rules.remembered,
        series.*,
        earliest.interval_start as first_start_at,
        case
            when series.resolution like 'PT%' then newest.interval_start + series.resolution::interval
            else
                (newest.interval_start at time zone series.time_zone + series.resolution::interval)
                at time zone series.time_zone
        end as last_end_at
    from rules
    inner join marts.dim_series as series
        on
            (rules.metrics is null or rules.metrics @> to_jsonb(series.metric))
            and (rules.grids is null or rules.grids @> to_jsonb(series.grid_name))
            and (rules.regions is null or rules.regions @> to_jsonb(series.region_name))
            and (rules.nodes is null or rules.nodes @> to_jsonb(series.node_name))
            and (rules.sources is null or rules.sources @> to_jsonb(series.source))
            and series.resolution::interval <= interval '1 day'
    cross join
        lateral (
            select latest.interval_start
            from marts.fct_measures_latest as latest
            where latest.series_id = series.series_id and latest.value is not null
            order by latest.interval_start
            limit 1
        ) as earliest
    cross join lateral (
        select latest.interval_start
        from marts.fct_measures_latest as latest
        where latest.series_id = series.series_id and latest.value is not null
        order by latest.interval_start desc
        limit 1
    ) as newest
),

successions as (
    select
        earlier.rule,
        earlier.series_id,
        greatest(earlier.last_end_at, min(later.first_start_at)) as ended_at
    from spans as earlier
    inner join spans as later
        on
            earlier.rule = later.rule
            and earlier.node_id = later.node_id
            and earlier.metric = later.metric
            and earlier.source = later.source
            and earlier.last_end_at < later.last_end_at
    group by earlier.rule, earlier.series_id, earlier.last_end_at
),

reported as (
    select
        spans.*,
        successions.ended_at,
        max(spans.last_end_at) over (
            partition by spans.rule, spans.grid_id, spans.metric, spans.source
        ) as reported_until
    from spans
    left join successions on spans.rule = successions.rule and spans.series_id = successions.series_id
),

midnights as (
    select
        *,
        date_trunc('day', reported_until at time zone time_zone) as midnight
    from reported
),

days as (
    select
        *,
        (midnight - interval '1 day')::date as local_date,
        (midnight - interval '1 day' - interval '1 microsecond') at time zone time_zone
        + interval '1 microsecond' as day_start_at,
        (midnight - interval '1 microsecond') at time zone time_zone + interval '1 microsecond' as day_end_at
    from midnights
    where last_end_at > reported_until - remembered
)

select
    days.*,
    case
        when days.resolution like 'PT%'
            then
                ceil(
                    extract(epoch from least(days.day_end_at, days.ended_at) - days.first_start_at)
                    / extract(epoch from days.resolution::interval)
                )
                - ceil(
                    extract(epoch from greatest(days.day_start_at, days.first_start_at) - days.first_start_at)
                    / extract(epoch from days.resolution::interval)
                )
        else 1
    end as expected,
    (
        select count(latest.value)
        from marts.fct_measures_latest as latest
        where
            latest.series_id = days.series_id
            and latest.interval_start >= days.day_start_at
            and latest.interval_start < days.day_end_at
    ) as present
from days
where days.first_start_at < days.day_end_at and (days.ended_at is null or days.ended_at > days.day_start_at)
