-- Intervals in which each child has a value, of those that have any, counted back from the parent's newest one.
with rules as (
    select rules.*
    from
        jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'marts') as rules (
            name text,
            kind text,
            metrics jsonb,
            grid text,
            node text,
            children text,
            tolerance double precision,
            share_allowed double precision,
            over_last interval
        )
    where rules.kind = 'reconciliation'
),

parents as (
    select
        rules.*,
        series.series_id,
        series.metric,
        series.source,
        series.unit,
        newest.interval_start as newest_start
    from rules
    inner join marts.dim_series as series
        on
            rules.grid = series.grid_name
            and rules.node = series.node_name
            and rules.children <> series.region_name
            and (rules.metrics is null or rules.metrics @> to_jsonb(series.metric))
            and series.aggregation = 'sum'
    -- The tolerance is in the unit of the metric.
    inner join marts.dim_metric as metrics on series.metric = metrics.metric and series.unit = metrics.unit
    cross join lateral (
        select latest.interval_start
        from marts.fct_measures_latest as latest
        where latest.series_id = series.series_id and latest.value is not null
        order by latest.interval_start desc
        limit 1
    ) as newest
),

parts as (
    select
        parents.name,
        parents.series_id,
        child.series_id as child_id,
        latest.interval_start,
        latest.value
    from parents
    inner join marts.dim_series as child
        on
            parents.grid = child.grid_name
            and parents.children = child.region_name
            and parents.metric = child.metric
            and parents.source = child.source
            and parents.unit = child.unit
    inner join marts.fct_measures_latest as latest
        on child.series_id = latest.series_id and latest.interval_start > parents.newest_start - parents.over_last
    where latest.value is not null
),

needed as (
    select
        name,
        series_id,
        count(distinct child_id) as children_reporting
    from parts
    group by name, series_id
),

sums as (
    select
        name,
        series_id,
        interval_start,
        count(*) as children_reporting,
        sum(value) as children_value
    from parts
    group by name, series_id, interval_start
),

compared as (
    select
        parents.*,
        sums.interval_start,
        latest.value,
        sums.children_value,
        abs(latest.value - sums.children_value) as difference
    from sums
    inner join needed using (name, series_id, children_reporting)
    inner join parents using (name, series_id)
    inner join marts.fct_measures_latest as latest
        on sums.series_id = latest.series_id and sums.interval_start = latest.interval_start
    where latest.value is not null
),

ranked as (
    select
        *,
        row_number() over (partition by name, series_id order by difference desc, interval_start) as position
    from compared
),

judged as (
    select
        name,
        grid,
        node,
        children,
        metric,
        source,
        unit,
        tolerance,
        share_allowed,
        count(*) as intervals,
        count(*) filter (where difference > tolerance) as intervals_off,
        percentile_cont(0.5) within group (order by difference) as median_difference,
        jsonb_agg(
            jsonb_build_object(
                'grid', grid, 'node', node, 'metric', metric, 'interval_start', interval_start, 'value', value,
                'children_value', children_value, 'difference', difference
            )
            order by difference desc, interval_start
        ) filter (where position <= 5) as examples
    from ranked
    group by name, series_id, grid, node, children, metric, source, unit, tolerance, share_allowed
)

select
    examples,
    name || ': ' || children || ' differs from ' || node || ' by more than ' || tolerance || ' ' || unit || ' in '
    || intervals_off || ' of ' || intervals || ' intervals (' || metric || ', ' || source || '), allowed '
    || share_allowed * 100 || ' %; the median difference is ' || median_difference || ' ' || unit as finding
from judged
where intervals_off::double precision / intervals > share_allowed
order by name, metric, source
