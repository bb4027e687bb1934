-- Next to the name that the caller gives: who logged in, and from where. The server writes both, and the time.
alter table raw.registry_events add column login text not null default '';
alter table raw.registry_events add column client_address inet;
alter table raw.registry_events alter column login set default session_user;
alter table raw.registry_events alter column client_address set default inet_client_addr();
comment on column raw.registry_events.login is
'The database login that made the change; empty before version 0.2.';
comment on column raw.registry_events.client_address is
'The address of the client; null for a local socket and before version 0.2.';
revoke insert on raw.registry_events from warehouse_loader;
grant insert (kind, id, change, old_names, new_names, who, why) on raw.registry_events to warehouse_loader;
