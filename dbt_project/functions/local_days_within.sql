{# PostgreSQL keeps this text, which must also work in a copy of the database: no database name in it. #}
with dates as (
    select
        series.series_id,
        series.time_zone,
        (local_days_within.start_datetime at time zone series.time_zone)::date as start_date,
        (local_days_within.end_datetime at time zone series.time_zone)::date as end_date
    from {{ ref('dim_series').include(database=false) }} as series
    where local_days_within.series_ids is null or series.series_id = any(local_days_within.series_ids)
),

whole_days as (
    select
        series_id,
        time_zone,
        case
            when {{ day_start('start_date', 'time_zone') }} < local_days_within.start_datetime then start_date + 1
            else start_date
        end as first_date,
        end_date
    from dates
)

select
    series_id,
    first_date,
    end_date,
    {{ day_start('first_date', 'time_zone') }} as first_day_start_at,
    {{ day_start('end_date', 'time_zone') }} as end_day_start_at
from whole_days
