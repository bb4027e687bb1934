-- A row that states nothing is neither stored nor rejected; what was inferred about a delivery is kept with it.
alter table raw.loads add column rows_blank bigint not null default 0 check (rows_blank >= 0);
alter table raw.loads add column notices text[] not null default '{}';
comment on column raw.loads.rows_blank is 'Rows that state nothing: their value is empty, and that withdraws none.';
comment on column raw.loads.notices is 'What was inferred or left out when the delivery was read, one line each.';
alter table raw.loads drop constraint loads_check;
alter table raw.loads add constraint loads_rows_add_up
check (rows_read = rows_inserted + rows_duplicate + rows_blank + rows_rejected);
grant insert (rows_blank, notices) on raw.loads to warehouse_loader;
