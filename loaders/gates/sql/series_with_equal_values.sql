-- The series of some loads whose newest values are equal at four neighbouring instants.
--
-- A flat line that is too long covers four of them, whatever lies between. The value at an instant is that of the last
-- interval that began by then; an interval is at most half a step away from the next one of a flat line. The instants
-- of a series are the multiples of `distance`, in seconds since 1970.
with looked_for as materialized (
    select
        assigned.load_id,
        assigned.series_id,
        assigned.distance,
        date_part('epoch', series.resolution::interval) * %(reach)s as reach
    from
        unnest(
            %(load_ids)s::integer[], %(series_ids)s::integer[], %(distances)s::double precision[]
        ) as assigned (load_id, series_id, distance)
    inner join raw.series on assigned.series_id = series.series_id
),

next_instants as (
    select
        deliveries.load_id,
        deliveries.series_id,
        deliveries.interval_start,
        deliveries.collected_at,
        deliveries.value,
        looked_for.distance,
        looked_for.reach,
        ceil(date_part('epoch', deliveries.interval_start) / looked_for.distance) as instant
    from raw.deliveries
    inner join looked_for using (load_id, series_id)
    where deliveries.load_id = any(%(load_ids)s)
),

value_at_instants as (
    select distinct on (load_id, series_id, instant)
        load_id,
        series_id,
        instant,
        value
    from next_instants
    where instant * distance <= date_part('epoch', interval_start) + reach
    order by load_id, series_id, instant, interval_start desc, collected_at desc
),

with_previous_values as (
    select
        load_id,
        series_id,
        instant - lag(instant, 3) over series_instants as instants_between,
        value = lag(value, 1) over series_instants
        and value = lag(value, 2) over series_instants
        and value = lag(value, 3) over series_instants as is_same
    from value_at_instants
    window series_instants as (partition by load_id, series_id order by instant)
)

select distinct
    load_id,
    series_id
from with_previous_values
where is_same and instants_between = 3
