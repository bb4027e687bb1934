-- For rows of a load that are compared with stored ones, on the nodes that have those. A load deletes its rows before
-- it commits, so nobody else sees them. The archive is on each node, for the queries that ask whether a month is
-- archived; its foreign key to the ledger would take the ledger there as well.
do $$
begin
    set local citus.enable_ddl_propagation to off;
    set local role warehouse_owner;
    set local client_min_messages to warning;
    create table if not exists raw.staged_rows (
        series_id integer not null,
        interval_start timestamptz not null,
        collected_at timestamptz not null,
        value double precision,
        row_number bigint not null
    );
    alter table raw.staged_rows replica identity full; -- its rows are deleted while Citus moves a shard to another node
    comment on table raw.staged_rows is
    'Rows of a load that are compared with the stored ones. Empty but for the load itself.';
    grant insert, delete on raw.staged_rows to warehouse_loader;
    alter table raw.archived_loads drop constraint if exists archived_loads_load_id_fkey;
end
$$
