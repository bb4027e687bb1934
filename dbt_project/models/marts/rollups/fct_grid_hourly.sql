with hours as (
    select * from {{ ref('int_measures_hourly') }}
),

memberships as materialized (
    select *
    from {{ ref('dim_series_history') }}
    where mod(3600, extract(epoch from resolution::interval)) = 0
),

locations as (
    select * from {{ ref('dim_grid') }}
),

{{ roll_up('grid') }}

select * from rolled_up
