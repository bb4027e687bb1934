-- By quartiles, which a few impossible values do not move. A history that never varies gives no measure of a shift.
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
            max_shift double precision,
            history interval,
            min_rows bigint
        )
    where rules.kind = 'shift'
),

applied as (
    select
        loads.load_id,
        loads.source,
        loads.loaded_at,
        max(loads.loaded_at) over (partition by loads.source) as newest_at
    from raw.loads as loads
    inner join staging.int_loads_applied as loads_applied on loads.load_id = loads_applied.load_id
    where loads.rows_inserted > 0
),

stored as (
    select
        measures.load_id,
        measures.series_id,
        min(measures.interval_start) as first_start_at,
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
        stored.load_id,
        series.grid_name as grid,
        series.region_name as region,
        series.node_name as node,
        series.metric,
        series.source,
        stored.median,
        history.quartiles[2] as median_before,
        history.quartiles[3] - history.quartiles[1] as spread_before
    from stored
    inner join marts.dim_series as series on stored.series_id = series.series_id
    inner join rules
        on
            (rules.metrics is null or rules.metrics @> to_jsonb(series.metric))
            and (rules.grids is null or rules.grids @> to_jsonb(series.grid_name))
            and (rules.regions is null or rules.regions @> to_jsonb(series.region_name))
            and (rules.nodes is null or rules.nodes @> to_jsonb(series.node_name))
            and (rules.sources is null or rules.sources @> to_jsonb(series.source))
            and stored.row_count >= rules.min_rows
    cross join
        lateral (
            select
                count(latest.value) as row_count,
                percentile_cont(array[0.25, 0.5, 0.75]) within group (order by latest.value) as quartiles
            from marts.fct_measures_latest as latest
            where
                latest.series_id = stored.series_id
                and latest.interval_start >= stored.first_start_at - rules.history
                and latest.interval_start < stored.first_start_at
        ) as history
    where history.row_count >= rules.min_rows
)

select
    *,
    rule || ': load ' || load_id || ' has a median ' || metric || ' of ' || median || ' at ' || node
    || ', before it was ' || median_before || ', and half of the values lay within ' || spread_before as finding
from compared
where spread_before > 0 and abs(median - median_before) > max_shift * spread_before
order by load_id desc, grid, region, node, metric
