with forecasts as (
    select *
    from {{ function('forecast_accuracy_as_of').include(database=false) }}(
        collected_datetime => accuracy_by_group_as_of.collected_datetime,
        start_datetime => accuracy_by_group_as_of.start_datetime,
        end_datetime => accuracy_by_group_as_of.end_datetime,
        loaded_datetime => accuracy_by_group_as_of.loaded_datetime,
        series_ids => accuracy_by_group_as_of.series_ids
    )
),

{{ group_errors('accuracy_by_group_as_of', 'forecasts') }},

{{ counted_series('accuracy_by_group_as_of') }},

sums as (
    select
        sums_of_facts.*,
        coalesce(counted_series.counted_as, sums_of_facts.series_id) as counted_as
    from sums_of_facts
    left join counted_series on sums_of_facts.series_id = counted_series.series_id
),

{{ average_groups('accuracy_by_group_as_of') }}
