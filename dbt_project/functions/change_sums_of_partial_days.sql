with {{ days_and_edges('change_sums_of_partial_days') }},

edge_changes as (
    select changed.*
    from edges
    cross join lateral (
        select restatements.*
        from {{ ref('fct_restatements').include(database=false) }} as restatements
        where
            restatements.series_id = edges.series_id
            and restatements.interval_start >= edges.edge_start
            and restatements.interval_start < edges.edge_end
        {{ offset_0() }}
    ) as changed
),

{{ sum_changes_by_day('edge_changes', is_like_mart=true) }}

select * from summed
