-- Archived months that a build would have to read: a load whose effect changed has rows in them, or in the table so
-- near to them that a local day, or a longer interval of a forecast, whose error would change, reaches into them.
with changed as (
    select loads.*
    from raw.loads
    left join staging.int_loads_applied as applied on loads.load_id = applied.load_id
    where (loads.status = 'accepted') <> (applied.load_id is not null)
),

margins as (
    select
        interval '36 hours' as before_month,
        interval '36 hours'
        + coalesce(
            (
                select max(series.resolution::interval)
                from raw.series
                inner join raw.metrics on series.metric = metrics.metric
                where
                    series.resolution = 'P1D'
                    or (series.resolution not like 'PT%' and metrics.actual_metric is not null)
            ),
            interval '0'
        ) as after_month
),

months as (
    select
        archived_months.month,
        archived_months.month::timestamp at time zone 'UTC' as month_start,
        (archived_months.month + interval '1 month') at time zone 'UTC' as month_end
    from raw.archived_months
    where archived_months.restored_at is null
)

select months.month
from months
cross join margins
where
    exists (
        select
        from changed
        inner join raw.archived_loads on changed.load_id = archived_loads.load_id
        where archived_loads.month = months.month
    )
    or exists (
        select
        from changed
        inner join raw.measures on changed.load_id = measures.load_id
        where
            changed.interval_to >= months.month_start - margins.before_month
            and changed.interval_from < months.month_end + margins.after_month
            and measures.interval_start >= months.month_start - margins.before_month
            and measures.interval_start < months.month_end + margins.after_month
    )
order by months.month
