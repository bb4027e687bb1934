-- A series has its own unit: that of its metric, or the same in another currency, since no rate converts one to another.
alter table raw.series add column unit text;
update raw.series
set unit = metrics.unit
from raw.metrics
where series.metric = metrics.metric;
alter table raw.series alter column unit set not null;
alter table raw.series add constraint series_unit_check check (unit <> '');
comment on column raw.series.unit is
'Unit of its values: that of the metric, or the same in another currency. A series keeps it.';
comment on column raw.metrics.unit is 'Unit of its series, apart from those in another currency.';

-- The values of a metric stay as they are when its unit is corrected, so the unit of its series is corrected as well. Where
-- some series are in another currency, the new unit would not say the same of all of them.
create or replace function ledger.set_metric(
    changed_metric text, new_unit text, new_aggregation text, new_actual_metric text
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    old_unit text;
    other_unit text;
begin
    select unit into old_unit from raw.metrics where metric = changed_metric;
    if new_unit <> old_unit then
        select min(unit) into other_unit from raw.series where metric = changed_metric and unit <> old_unit;
        if other_unit is not null then
            raise exception 'it has series in %, so its unit % cannot be changed', other_unit, old_unit
            using errcode = 'check_violation';
        end if;
        update raw.series set unit = new_unit where metric = changed_metric;
    end if;
    update raw.metrics
    set unit = new_unit, aggregation = new_aggregation, actual_metric = new_actual_metric
    where metric = changed_metric;
end $$;
