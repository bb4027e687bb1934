with {{ days_and_edges('restatements_by_group') }},

{{ count_days_as('restatements_by_group') }},

sums as (
    select
        by_day.*,
        days.counted_as
    from counted_days as days
    cross join
        lateral (
            select sums_of_day.*
            from {{ ref('agg_restatements_by_day').include(database=false) }} as sums_of_day
            where
                sums_of_day.series_id = days.series_id
                and sums_of_day.local_date >= coalesce(days.first_date, '-infinity')
                and sums_of_day.local_date < coalesce(days.end_date, 'infinity')
            {{ offset_0() }}
        ) as by_day
    union all
    select
        of_edges.series_id,
        of_edges.restatements,
        of_edges.intervals,
        of_edges.withdrawals,
        of_edges.changes,
        of_edges.relative_changes,
        of_edges.total_change,
        of_edges.total_absolute_change,
        of_edges.largest_absolute_change,
        of_edges.total_relative_change,
        of_edges.largest_relative_change,
        of_edges.total_lateness_hours,
        of_edges.longest_lateness_hours,
        of_edges.local_date,
        days.counted_as
    from {{ sums_of_edges('change_sums_of_partial_days', 'restatements_by_group') }} as of_edges
    inner join counted_days as days on of_edges.series_id = days.series_id
    where exists (select from edges)
),

{{ average_changes_of_groups('restatements_by_group') }}
