with {{ completeness_of_days() }},

final as (
    select
        series_id,
        grid_id,
        region_id,
        node_id,
        grid_name,
        region_name,
        node_name,
        metric,
        source,
        expected,
        present,
        withdrawn,
        missing,
        local_date
    from completeness
)

select * from final
