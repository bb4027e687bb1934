-- Months whose revisions are in Parquet files instead of raw.measures. The operator writes these tables, as the owner.
create table raw.archived_months (
    month date primary key check (month = date_trunc('month', month::timestamp)::date),
    folder text not null,
    row_count bigint not null check (row_count > 0),
    content_hash numeric not null,
    series_ids integer[] not null,
    file_bytes bigint not null,
    file_sha256 text not null,
    who text not null,
    archived_at timestamptz not null default clock_timestamp(),
    restored_at timestamptz
);
comment on table raw.archived_months is
'One row per month (UTC) whose revisions are archived: the marts have only the newest one of each interval.';
comment on column raw.archived_months.restored_at is
'When the rows came back into raw.measures. The next build completes the marts, and deletes this row.';

create table raw.archived_loads (
    month date not null references raw.archived_months on delete cascade,
    load_id integer not null references raw.loads,
    rows_stored bigint not null,
    primary key (month, load_id)
);
create index on raw.archived_loads (load_id);
comment on table raw.archived_loads is
'One row per archived month and load that stored or repeated rows of it. rows_stored: how many it stored.';

create function ledger.content_of_month(
    archived_month date, out row_count bigint, out content_hash numeric
)
language sql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
    select
        count(*),
        coalesce(
            sum(hash_record_extended(row(series_id, load_id, row_id, value, interval_start, collected_at), 0)::numeric), 0
        )
    from raw.measures
    where
        interval_start >= archived_month::timestamptz
        and interval_start < (archived_month + interval '1 month')::timestamptz
$$;
comment on function ledger.content_of_month is
'The number of rows of a month in raw.measures, and a hash of them that does not depend on their order.';

create function ledger.finish_restore(archived_month date) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update raw.archived_months
    set restored_at = clock_timestamp()
    where
        month = archived_month
        and restored_at is null
        and (row_count, content_hash) = (
            select
                content.row_count,
                content.content_hash
            from ledger.content_of_month(archived_month) as content
        );
    if not found then
        raise exception 'the rows of % are not those that were archived', to_char(archived_month, 'YYYY-MM')
        using errcode = 'data_corrupted';
    end if;
end $$;
comment on function ledger.finish_restore is
'Record that the rows of an archived month are back in raw.measures. Fails unless they are exactly those.';

create function ledger.forget_restored_months() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from raw.archived_months where restored_at is not null
$$;
comment on function ledger.forget_restored_months is 'For the build that has completed the marts of the restored months.';

create function ledger.require_tables(
    start_datetime timestamptz, end_datetime timestamptz, only_raw boolean default false
) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    first_month date;
begin
    select min(month) into first_month
    from raw.archived_months
    where
        month::timestamptz < coalesce(end_datetime, 'infinity')
        and (month + interval '1 month')::timestamptz > coalesce(start_datetime, '-infinity')
        and not (only_raw and restored_at is not null);
    if first_month is not null then
        raise exception using
            errcode = 'WH002',
            message = format(
                'revisions of %1$s are archived. Read them with as_of, history or at_cutoff of the library or the HTTP'
                ' service, request other intervals, or bring them back with: warehouse unarchive %1$s',
                to_char(first_month, 'YYYY-MM')
            );
    end if;
    return true;
end $$;
comment on function ledger.require_tables is
'True where the tables have all revisions of the intervals in [start_datetime, end_datetime). Fails where some are archived.'
' only_raw: raw.measures is enough, so a month that came back and waits for a build is not archived.';

create or replace function ledger.series_with_measures() returns setof integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select series_id from raw.series
    where
        exists (select from raw.measures where measures.series_id = series.series_id)
        or exists (select from raw.archived_months where series.series_id = any (archived_months.series_ids))
$$;
comment on function ledger.series_with_measures is 'The series that have at least one stored row, built or not, archived or not.';

revoke execute on function
ledger.content_of_month(date),
ledger.finish_restore(date),
ledger.forget_restored_months(),
ledger.require_tables(timestamptz, timestamptz, boolean)
from public;
grant execute on function ledger.content_of_month(date), ledger.finish_restore(date) to warehouse_loader;
grant execute on function ledger.forget_restored_months() to warehouse_transformer;
grant execute on function ledger.require_tables(timestamptz, timestamptz, boolean)
to warehouse_loader, warehouse_transformer, warehouse_analyst;
