-- Store the rows that break a rule, of those series of some loads that may have such rows.
--
-- All that a load delivered of them is evaluated: the rows it stored, and those it repeated, which count for it when
-- the load that stored them is withdrawn. The load is judged by those that no accepted load had delivered (is_new).
--
-- The previous value of a row is the newest one that the load has for the interval before; revisions of one interval
-- do not precede each other. Intervals follow each other within one and a half steps, because a local day can have 25
-- hours, and months differ in length. One interval alone, however long, is no flat line. All
-- windows share one sort. A limit that is null excludes nothing: a comparison with null is never true.
insert into raw.flagged_rows (load_id, series_id, interval_start, collected_at, value, rule, kind, is_new)
with limits as (
    select limits.*
    from jsonb_to_recordset(%(limits)s::jsonb) as limits (
        limit_set integer,
        times_earliest timestamptz,
        times_collected_ahead interval,
        times_interval_ahead interval,
        range_min double precision,
        range_max double precision,
        horizon_before interval,
        horizon_after interval,
        jump_max_change double precision,
        flat_line_longest interval
    )
),

series_limits as (
    select
        assigned.load_id,
        series.series_id,
        series.resolution::interval as step,
        series.resolution::interval * 1.5 as longest_step,
        assigned.limit_set
    from
        unnest(
            %(load_ids)s::integer[], %(series_ids)s::integer[], %(limit_sets)s::integer[]
        ) as assigned (load_id, series_id, limit_set)
    inner join raw.series on assigned.series_id = series.series_id
),

delivered as (
    select
        deliveries.load_id,
        deliveries.series_id,
        deliveries.interval_start,
        deliveries.collected_at,
        deliveries.value,
        deliveries.stored_load_id = deliveries.load_id or storing_loads.status <> 'accepted' as is_new
    from raw.deliveries
    inner join raw.loads as storing_loads on deliveries.stored_load_id = storing_loads.load_id
    where deliveries.load_id = any(%(load_ids)s)
),

with_previous_row as (
    select
        delivered.*,
        series_limits.longest_step,
        lag(delivered.value) over series_rows as value_of_previous_row,
        lag(delivered.interval_start) over series_rows as start_of_previous_row,
        (lead(delivered.interval_start) over series_rows is distinct from delivered.interval_start) as is_newest
    from delivered
    inner join series_limits using (load_id, series_id)
    window series_rows as (partition by load_id, series_id order by interval_start, collected_at)
),

with_previous_interval as (
    select
        *,
        first_value(value_of_previous_row) over revisions as previous_value,
        interval_start <= first_value(start_of_previous_row) over revisions + longest_step as has_previous
    from with_previous_row
    window revisions as (partition by load_id, series_id, interval_start order by collected_at)
),

with_run as (
    select
        *,
        max(interval_start) filter (where is_newest and (has_previous and value = previous_value) is not true)
            over series_rows as same_since
    from with_previous_interval
    window series_rows as (
        partition by load_id, series_id order by interval_start, collected_at
        rows between unbounded preceding and current row
    )
),

evaluated as (
    select
        with_run.load_id,
        with_run.series_id,
        with_run.interval_start,
        with_run.collected_at,
        with_run.value,
        with_run.is_new,
        series_limits.limit_set,
        with_run.value >= 'infinity' or with_run.value = '-infinity' as breaks_finite,
        with_run.interval_start < limits.times_earliest
        or with_run.collected_at < limits.times_earliest
        or with_run.collected_at > loads.loaded_at + limits.times_collected_ahead
        or with_run.interval_start > loads.loaded_at + limits.times_interval_ahead as breaks_times,
        with_run.value < limits.range_min or with_run.value > limits.range_max as breaks_range,
        with_run.collected_at + limits.horizon_before < with_run.interval_start
        or with_run.interval_start + limits.horizon_after < with_run.collected_at as breaks_horizon,
        -- A person who withdraws a value states who and why. A file without values does not.
        with_run.value is null and not starts_with(loads.uri, 'correction://') as breaks_nulls,
        with_run.has_previous and abs(with_run.value - with_run.previous_value) > limits.jump_max_change as breaks_jump,
        with_run.is_newest
        and with_run.value is not null
        and series_limits.step < limits.flat_line_longest
        and with_run.interval_start + series_limits.step > with_run.same_since + limits.flat_line_longest
            as breaks_flat_line
    from with_run
    inner join series_limits using (load_id, series_id)
    inner join limits using (limit_set)
    inner join raw.loads using (load_id)
),

-- Materialised, so that the good rows, which are nearly all, are not multiplied by the rules first.
broken as materialized (
    select *
    from evaluated
    where
        breaks_finite
        or breaks_times
        or breaks_range
        or breaks_horizon
        or breaks_nulls
        or breaks_jump
        or breaks_flat_line
),

rules as (
    select rules.* from jsonb_to_recordset(%(rules)s::jsonb) as rules (limit_set integer, kind text, rule text)
)

select
    broken.load_id,
    broken.series_id,
    broken.interval_start,
    broken.collected_at,
    broken.value,
    rules.rule,
    rules.kind,
    broken.is_new
from broken
cross join
    lateral (
        values
        ('finite', broken.breaks_finite),
        ('times', broken.breaks_times),
        ('range', broken.breaks_range),
        ('horizon', broken.breaks_horizon),
        ('nulls', broken.breaks_nulls),
        ('jump', broken.breaks_jump),
        ('flat_line', broken.breaks_flat_line)
    ) as flags (kind, is_broken)
inner join rules on broken.limit_set = rules.limit_set and flags.kind = rules.kind
where flags.is_broken
