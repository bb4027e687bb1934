-- The resolution is part of a series: a publisher that changes its interval begins a second series.
-- One spelling of each length first, so that PT60M and PT1H cannot become two series.
with lengths as (
    select
        series_id,
        extract(epoch from resolution::interval)::integer as seconds
    from raw.series
    where
        resolution::interval between interval '1 minute' and interval '1 day'
        and mod(extract(epoch from resolution::interval), 60) = 0
        and mod(86400, extract(epoch from resolution::interval)) = 0
),

spelled as (
    select
        series_id,
        case
            when seconds = 86400 then 'P1D'
            else
                'PT' || coalesce(nullif(seconds / 3600, 0) || 'H', '')
                || coalesce(nullif(mod(seconds, 3600) / 60, 0) || 'M', '')
        end as resolution
    from lengths
)

update raw.series
set resolution = spelled.resolution
from spelled
where series.series_id = spelled.series_id and series.resolution <> spelled.resolution;

alter table raw.series drop constraint series_node_id_metric_source_key;
alter table raw.series add unique (node_id, metric, source, resolution);
comment on table raw.series is
'One row per node, metric, source and resolution, which is an ISO 8601 duration in its one spelling (PT1H, not PT60M).';

-- A series keeps its resolution: its rows were stored with it.
drop function ledger.set_series_resolution(integer, text);
