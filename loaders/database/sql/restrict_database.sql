-- Rights that everybody has by default, and that the analyst must not have. Run by the owner of the database.
do $$
begin
    execute format('revoke temporary, create on database %I from public', current_database());
    execute format(
        'grant temporary on database %I to warehouse_owner, warehouse_loader, warehouse_transformer', current_database()
    );
end $$;
