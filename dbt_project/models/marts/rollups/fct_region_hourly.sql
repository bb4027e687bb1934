with hours as (
    select * from {{ ref('int_measures_hourly') }}
),

memberships as materialized (
    select *
    from {{ ref('dim_series_history') }}
    where {{ divides_hour('resolution') }}
),

locations as (
    select * from {{ ref('dim_region') }}
),

{{ roll_up('region') }}

select * from rolled_up
