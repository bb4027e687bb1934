-- No CTEs: PostgreSQL does not merge a view that has them into the query around it, and would read more than the query
-- needs.
-- The left join on the key of dim_series costs nothing in a query that uses none of its columns, nor does the flag.
select
    revisions.series_id,
    series.grid_id,
    series.region_id,
    series.node_id,
    revisions.load_id,
    series.grid_name,
    series.region_name,
    series.node_name,
    series.metric,
    series.source,
    series.unit,
    {{ flag_of_revision() }} as quality_flag,
    revisions.value,
    revisions.previous_value,
    revisions.value - revisions.previous_value as change,
    extract(epoch from revisions.interval_start - revisions.collected_at)::double precision / 3600 as lead_time_hours,
    revisions.known_to is null as is_latest,
    revisions.interval_start,
    revisions.collected_at,
    revisions.collected_at as known_from,
    revisions.known_to,
    revisions.first_collected_at
from {{ ref('int_measure_revisions') }} as revisions
left join {{ ref('dim_series') }} as series on revisions.series_id = series.series_id
{{ join_flag_of_revision() }}
where {{ in_tables('revisions.interval_start', 'revisions.collected_at > revisions.first_collected_at') }}
