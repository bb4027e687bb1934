with hours as (
    select * from {{ ref('int_series_hours') }}
),

homes as materialized (
    select *
    from {{ ref('dim_series_history') }}
    where mod(3600, extract(epoch from resolution::interval)) = 0
),

places as (
    select * from {{ ref('dim_grid') }}
),

{{ roll_up('grid') }}

select * from rolled_up
