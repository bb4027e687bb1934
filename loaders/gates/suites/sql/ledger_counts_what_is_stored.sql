-- The rows of the newest loads, counted again; the cost is that of the rows of these loads.
with recent as materialized (
    select loads.*
    from raw.loads as loads
    order by loads.load_id desc
    limit 100
),

in_measures as (
    select
        recent.load_id,
        count(*) as row_count
    from recent
    inner join raw.measures
        on
            recent.load_id = measures.load_id
            and measures.interval_start between recent.interval_from and recent.interval_to
    -- An array, so that the index of loads is used: for a join alone the planner may read everything.
    where measures.load_id = any(array(select listed.load_id from recent as listed))
    group by recent.load_id
),

in_archive as (
    select
        archived_loads.load_id,
        sum(archived_loads.rows_stored)::bigint as row_count
    from raw.archived_loads
    inner join raw.archived_months on archived_loads.month = archived_months.month
    where archived_months.restored_at is null
    group by archived_loads.load_id
),

rejected as (
    select
        recent.load_id,
        count(*) as row_count
    from recent
    inner join raw.rejected_rows on recent.load_id = rejected_rows.load_id
    group by recent.load_id
),

counted as (
    select
        recent.*,
        coalesce(in_measures.row_count, 0) + coalesce(in_archive.row_count, 0) as rows_stored,
        coalesce(rejected.row_count, 0) as rejects_stored
    from recent
    left join in_measures on recent.load_id = in_measures.load_id
    left join in_archive on recent.load_id = in_archive.load_id
    left join rejected on recent.load_id = rejected.load_id
)

select
    load_id,
    uri,
    rows_read,
    rows_inserted,
    rows_duplicate,
    rows_blank,
    rows_rejected,
    rows_stored,
    rejects_stored,
    'load ' || load_id || ' reports ' || rows_inserted || ' rows inserted and ' || rows_rejected
    || ' rejected; stored are ' || rows_stored || ' and ' || rejects_stored as finding
from counted
where
    rows_read <> rows_inserted + rows_duplicate + rows_blank + rows_rejected
    or rows_inserted <> rows_stored
    or rows_rejected <> rejects_stored
order by load_id desc
