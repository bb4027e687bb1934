-- The rows of the newest loads, counted again; the cost is that of the rows of these loads.
with recent as (
    select loads.*
    from raw.loads as loads
    order by loads.load_id desc
    limit 100
)

select
    recent.load_id,
    recent.uri,
    recent.rows_read,
    recent.rows_inserted,
    recent.rows_duplicate,
    recent.rows_blank,
    recent.rows_rejected,
    stored.row_count as rows_stored,
    rejected.row_count as rejects_stored,
    'load ' || recent.load_id || ' reports ' || recent.rows_inserted || ' rows inserted and ' || recent.rows_rejected
    || ' rejected; stored are ' || stored.row_count || ' and ' || rejected.row_count as finding
from recent
cross join
    lateral (
        select
            count(*) + (
                select coalesce(sum(archived_loads.rows_stored), 0)::bigint
                from raw.archived_loads
                inner join raw.archived_months on archived_loads.month = archived_months.month
                where archived_loads.load_id = recent.load_id and archived_months.restored_at is null
            ) as row_count
        from raw.measures
        where
            measures.load_id = recent.load_id
            and measures.interval_start between recent.interval_from and recent.interval_to
    ) as stored
cross join
    lateral (
        select count(*) as row_count from raw.rejected_rows
        where rejected_rows.load_id = recent.load_id
    ) as rejected
where
    recent.rows_read <> recent.rows_inserted + recent.rows_duplicate + recent.rows_blank + recent.rows_rejected
    or recent.rows_inserted <> stored.row_count
    or recent.rows_rejected <> rejected.row_count
order by recent.load_id desc
