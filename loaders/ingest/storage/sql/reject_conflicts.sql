-- Two values for one key in one delivery: it is unknown which is right, so all rows of the key are rejected.
with repeated_keys as (
    select
        series_id,
        interval_start,
        collected_at
    from classified
    where copy_number > 1
),

conflicts as (
    select
        series_id,
        interval_start,
        collected_at
    from classified
    where (series_id, interval_start, collected_at) in (select repeated_keys.* from repeated_keys)
    group by series_id, interval_start, collected_at
    having min(value) <> max(value) or count(value) not in (0, count(*))
),

removed as (
    delete from classified
    using conflicts
    where
        classified.series_id = conflicts.series_id
        and classified.interval_start = conflicts.interval_start
        and classified.collected_at = conflicts.collected_at
    returning classified.*
)

insert into rejected (row_number, reason, payload)
select
    removed.row_number,
    'conflicting_value' as reason,
    json_build_object(
        'grid', grids.grid_name,
        'region', regions.region_name,
        'node', nodes.node_name,
        'metric', series.metric,
        'source', series.source,
        'interval_start', removed.interval_start,
        'collected_at', removed.collected_at,
        'value', removed.value
    ) as payload
from removed
inner join raw.series on removed.series_id = series.series_id
inner join raw.nodes on series.node_id = nodes.node_id
inner join raw.regions on nodes.region_id = regions.region_id
inner join raw.grids on regions.grid_id = grids.grid_id
