with {{ days_and_edges('restatements_by_group') }},

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
        offset 0
    ) as changed
),

{{ sum_changes_by_day('edge_changes', is_like_mart=true) }},

sums as (
    select by_day.*
    from days
    inner join {{ ref('agg_restatements_by_day').include(database=false) }} as by_day
        on days.series_id = by_day.series_id
    where
        by_day.local_date >= coalesce(days.first_date, '-infinity')
        and by_day.local_date < coalesce(days.end_date, 'infinity')
    union all
    select * from summed
),

{{ average_changes_of_groups('restatements_by_group') }}
