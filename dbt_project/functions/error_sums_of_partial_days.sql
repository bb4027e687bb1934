with {{ days_and_edges('error_sums_of_partial_days') }},

edge_errors as (
    select forecasts.*
    from edges
    cross join
        lateral (
            select accuracy.*
            from {{ ref('fct_forecast_accuracy').include(database=false) }} as accuracy
            where
                accuracy.series_id = edges.series_id
                and accuracy.interval_start >= edges.edge_start
                and accuracy.interval_start < edges.edge_end
            {{ offset_0() }}
        ) as forecasts
),

{{ group_errors('error_sums_of_partial_days', 'edge_errors') }}

select * from sums_of_facts
