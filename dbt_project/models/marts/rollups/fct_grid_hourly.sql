with memberships as materialized (
    select * from {{ ref('int_series_memberships') }}
),

locations as (
    select * from {{ ref('dim_grid') }}
),

{{ number_memberships('grid') }},

reported as (
    select * from {{ ref('int_grid_hours') }}
),

{{ name_groups('grid', ['grid_id', 'metric', 'source', 'unit']) }}

select * from rolled_up
