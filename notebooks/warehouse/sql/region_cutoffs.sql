-- The hours of regions as they were known at each row of cutoff_days, `cutoffs`: one roll-up for each.
select
    hours.region_id,
    hours.metric,
    hours.source,
    hours.unit,
    hours.resolutions,
    hours.nodes_reporting,
    hours.nodes_expected,
    cutoffs.cutoff_name,
    hours.value,
    cutoffs.delivery_date,
    cutoffs.cutoff_at,
    hours.interval_start
from cutoffs
cross join
    lateral marts.region_hourly_as_of(
        collected_datetime => cutoffs.cutoff_at, start_datetime => cutoffs.first_start,
        end_datetime => cutoffs.end_start, loaded_datetime => $9, grid_id => cutoffs.grid_id,
        region_id => case when cardinality($1::integer[]) = 1 then ($1::integer[])[1] end,
        metric => case when cardinality($5::text[]) = 1 then ($5::text[])[1] end
    ) as hours
where
    ($8::timestamptz is null or cutoffs.cutoff_at <= $8)
    and hours.region_id = any($1)
    and ($5::text[] is null or hours.metric = any($5))
    and ($6::text[] is null or hours.source = any($6))
order by hours.region_id, hours.metric, hours.source, hours.interval_start, cutoffs.cutoff_at, cutoffs.cutoff_name
limit $4::bigint
