-- Weeks, months and years are resolutions, too. One spelling of each, so that P1W and P7D cannot become two series.
with lengths as (
    select
        series_id,
        node_id,
        metric,
        source,
        resolution,
        array[
            extract(year from resolution::interval),
            extract(month from resolution::interval),
            extract(day from resolution::interval),
            extract(hour from resolution::interval),
            extract(minute from resolution::interval),
            extract(second from resolution::interval)
        ]::numeric[] as parts
    from raw.series
),

spelled as (
    select
        *,
        case parts
            when array[0, 0, 7, 0, 0, 0]::numeric[] then 'P7D'
            when array[0, 1, 0, 0, 0, 0]::numeric[] then 'P1M'
            when array[1, 0, 0, 0, 0, 0]::numeric[] then 'P1Y'
        end as spelling
    from lengths
),

-- Of several spellings that are series already, one becomes the series of that length.
ranked as (
    select
        *,
        row_number() over (
            partition by node_id, metric, source, spelling
            order by resolution = spelling desc, series_id asc
        ) as place
    from spelled
)

update raw.series
set resolution = ranked.spelling
from ranked
where series.series_id = ranked.series_id and ranked.place = 1 and series.resolution <> ranked.spelling;

comment on table raw.series is
'One row per node, metric, source and resolution: an ISO 8601 duration in its one spelling (PT1H, not PT60M; P7D, not P1W).';
