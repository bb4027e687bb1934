with versions as not materialized (
    select * from {{ ref('snap_nodes') }}
),

nodes as (
    select * from {{ ref('dim_node') }}
),

-- Before its first snapshot a node is taken to be what that snapshot says.
tracked as (
    select
        node_id,
        region_id,
        grid_id,
        node_name,
        region_name,
        grid_name,
        time_zone,
        case when row_number() over (partition by node_id order by dbt_valid_from) > 1 then dbt_valid_from end
            as valid_from,
        dbt_valid_to as valid_to
    from versions
    where
        exists (  -- a node that was deleted had no values
            select
            from nodes
            where nodes.node_id = versions.node_id
        )
),

-- Registered since the last snapshot.
untracked as (
    select
        node_id,
        region_id,
        grid_id,
        node_name,
        region_name,
        grid_name,
        time_zone,
        null::timestamptz as valid_from,
        null::timestamptz as valid_to
    from nodes
    where
        not exists (
            select
            from versions
            where versions.node_id = nodes.node_id
        )
),

final as (
    select * from tracked
    union all
    select * from untracked
)

select * from final
