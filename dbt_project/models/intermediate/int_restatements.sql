with intervals as (
    select * from {{ ref('int_latest_with_interval_end') }}
),

revisions as not materialized (
    select * from {{ ref('int_measure_revisions') }}
),

-- Only intervals with several revisions whose newest came after their end, and of those only what came after it.
changes as (
    select
        intervals.series_id,
        intervals.grid_id,
        intervals.region_id,
        intervals.node_id,
        changed.load_id,
        intervals.grid_name,
        intervals.region_name,
        intervals.node_name,
        intervals.metric,
        intervals.source,
        intervals.unit,
        changed.previous_value,
        changed.value,
        changed.value - changed.previous_value as change,
        case when abs(changed.previous_value) >= 1e-6 then abs(changed.previous_value) end as previous_size,
        changed.restatement_rank,
        changed.is_first_reading,
        (intervals.interval_start at time zone intervals.time_zone)::date as delivery_date,
        intervals.interval_start,
        intervals.interval_end,
        changed.collected_at
    from intervals
    inner join lateral (
        select
            readings.*,
            row_number() over (order by readings.collected_at) as restatement_rank
        from (
            select
                revisions.load_id,
                revisions.previous_value,
                revisions.value,
                revisions.collected_at,
                row_number() over (order by revisions.collected_at) = 1 as is_first_reading
            from revisions
            where
                revisions.series_id = intervals.series_id
                and revisions.interval_start = intervals.interval_start
                and revisions.collected_at >= intervals.interval_end
        ) as readings
        where
            readings.value is distinct from readings.previous_value
            -- A null before the first reading: either withdrawn, or nothing was reported yet, which is not a change.
            and (
                not readings.is_first_reading
                or readings.previous_value is not null
                or exists (
                    select
                    from revisions as forecasts
                    where
                        forecasts.series_id = intervals.series_id
                        and forecasts.interval_start = intervals.interval_start
                        and forecasts.collected_at < intervals.interval_end
                )
            )
    ) as changed on true
    where
        intervals.collected_at >= intervals.interval_end
        and intervals.collected_at > intervals.first_collected_at
),

final as (
    select
        series_id,
        grid_id,
        region_id,
        node_id,
        load_id,
        grid_name,
        region_name,
        node_name,
        metric,
        source,
        unit,
        previous_value,
        value,
        change,
        abs(change) as absolute_change,
        abs(change) / previous_size as relative_change,
        extract(epoch from collected_at - interval_end)::double precision / 3600 as lateness_hours,
        restatement_rank,
        is_first_reading,
        delivery_date,
        interval_start,
        interval_end,
        collected_at
    from changes
)

select * from final
