-- A hash of the other rows of raw that decide what a build gives, apart from the measures, which loads never change.
select md5(
    concat_ws(
        '|',
        (select string_agg(load_id || status, ',' order by load_id) from raw.loads),
        (select max(event_id) from raw.load_events),
        (
            select string_agg(archived_months.month::text, ',' order by archived_months.month)
            from raw.archived_months
            where archived_months.restored_at is not null
        ),
        (select count(*) || ' ' || max(checked_at) from raw.gate_results)
    )
)
