-- For each worker. The limits of connections are for the clients of the coordinator: one connection to it may have
-- several to a worker. The rights on the database are those that roles.sql and restrict_database.sql give on the
-- coordinator.
do $$
begin
    set local citus.enable_ddl_propagation to off;
    alter role warehouse_loader connection limit -1;
    alter role warehouse_transformer connection limit -1;
    alter role warehouse_analyst connection limit -1;
    execute format('grant create on database %I to warehouse_transformer', current_database());
    execute format('revoke temporary, create on database %I from public', current_database());
    execute format(
        'grant temporary on database %I to warehouse_owner, warehouse_loader, warehouse_transformer', current_database()
    );
end
$$
