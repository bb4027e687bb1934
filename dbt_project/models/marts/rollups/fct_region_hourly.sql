with memberships as materialized (
    select * from {{ ref('int_series_memberships') }}
),

locations as (
    select * from {{ ref('dim_region') }}
),

{{ number_memberships('region') }},

reported as (
    select * from {{ ref('int_region_hours') }}
),

{{ name_groups('region', ['region_id', 'metric', 'source', 'unit']) }}

select * from rolled_up
