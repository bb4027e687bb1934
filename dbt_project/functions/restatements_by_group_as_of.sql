with changes as (
    select *
    from {{ function('restatements_as_of').include(database=false) }}(
        collected_datetime => restatements_by_group_as_of.collected_datetime,
        start_datetime => restatements_by_group_as_of.start_datetime,
        end_datetime => restatements_by_group_as_of.end_datetime,
        loaded_datetime => restatements_by_group_as_of.loaded_datetime,
        series_ids => restatements_by_group_as_of.series_ids
    )
),

{{ sum_changes_by_day('changes') }},

{{ counted_series('restatements_by_group_as_of') }},

sums as (
    select
        summed.*,
        coalesce(counted_series.counted_as, summed.series_id) as counted_as
    from summed
    left join counted_series on summed.series_id = counted_series.series_id
),

{{ average_changes_of_groups('restatements_by_group_as_of') }}
