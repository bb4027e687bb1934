-- When the values of series begin and end.
select
    min(firsts.interval_start) as first_interval_start,
    max(lasts.interval_start) as last_interval_start
from unnest($1::integer[]) as selected (series_id)
left join lateral (
    select measures.interval_start
    from marts.fct_measures_latest as measures
    where measures.series_id = selected.series_id
    order by measures.interval_start asc
    limit 1
) as firsts on true
left join lateral (
    select measures.interval_start
    from marts.fct_measures_latest as measures
    where measures.series_id = selected.series_id
    order by measures.interval_start desc
    limit 1
) as lasts on true
