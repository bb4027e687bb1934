-- The values of another query, `measures`, over longer intervals of local time. Intervals are counted from the first
-- one that there is; one belongs to the day in which it begins.
with placed as (
    select
        measures.*,
        coalesce(measures.unit, rules.unit) ~ '^[kMGT]?Wh$' as is_energy,
        rules.time_zone,
        rules.resolution,
        {bucket} as bucket
    from measures
    inner join
        jsonb_to_recordset({rules}::text::jsonb) as rules (key integer, time_zone text, unit text, resolution text)
        on measures.key = rules.key
),

buckets as (
    select
        key,
        metric,
        source,
        unit,
        cutoff_name,
        is_energy,
        time_zone,
        resolution,
        bucket,
        count(value) as intervals,
        sum(value) as total,
        min(nodes_reporting) as nodes_reporting,
        max(nodes_expected) as nodes_expected,
        max(cutoff_at) as cutoff_at,
        min(interval_start) as first_interval_start,
        max(collected_at) as collected_at
    from placed
    group by key, metric, source, unit, cutoff_name, is_energy, time_zone, resolution, bucket
),

bounded as (
    select
        buckets.*,
        {bucketstart} as bucket_start,
        {bucketend} as bucket_end,
        {days} as days
    from buckets
),

counted as (
    select
        bounded.*,
        case
            when bounded.resolution like 'PT%'
                then
                    ceil(
                        extract(epoch from bounded.bucket_end - bounded.first_interval_start)
                        / extract(epoch from bounded.resolution::interval)
                    )
                    - ceil(
                        extract(epoch from bounded.bucket_start - bounded.first_interval_start)
                        / extract(epoch from bounded.resolution::interval)
                    )
            else bounded.days
        end::bigint as intervals_expected
    from bounded
)

select
    key,
    metric,
    source,
    unit,
    nodes_reporting,
    nodes_expected,
    cutoff_name,
    case when is_energy then 'sum' else 'mean' end as aggregation,
    case
        when intervals < intervals_expected then null
        when is_energy then total
        else total / intervals
    end as value,
    intervals,
    intervals_expected,
    cutoff_at,
    bucket_start as interval_start,
    collected_at
from counted
