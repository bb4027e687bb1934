with limits as (
    select
        entries.source,
        cast(entries.within as interval) as within
    from jsonb_each_text(cast(current_setting('warehouse.rules') as jsonb) -> 'freshness') as entries (source, within)
),

newest as (
    select
        series.source,
        max(revisions.collected_at) as collected_at
    from limits
    inner join marts.dim_series as series on limits.source = series.source
    inner join staging.int_measure_revisions as revisions on series.series_id = revisions.series_id
    group by series.source
)

select
    limits.source,
    newest.collected_at as newest_collected_at,
    limits.source || ' was last collected '
    || coalesce(to_char(newest.collected_at, 'YYYY-MM-DD HH24 "h"'), 'never') || ', and may be ' || limits.within
    || ' old' as finding
from limits
left join newest on limits.source = newest.source
where newest.collected_at is null or newest.collected_at < now() - limits.within
order by limits.source
