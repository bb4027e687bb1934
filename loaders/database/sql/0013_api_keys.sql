-- Keys of the HTTP service. Only the owner reads the table; the service looks up one hash at a time.
create table ledger.api_keys (
    key_id integer generated always as identity primary key,
    name text not null check (name ~ '\S'),
    role text not null check (role in ('analyst', 'loader', 'operator')),
    key_hash bytea not null unique check (octet_length(key_hash) = 32),
    key_start text not null,
    created_at timestamptz not null default clock_timestamp(),
    created_by text not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text
);
comment on table ledger.api_keys is 'Keys of the HTTP service: the SHA-256 of each, never the key.';
comment on column ledger.api_keys.key_start is 'The first characters of the key, by which people recognise it.';

create function ledger.find_api_key(requested_hash bytea)
returns table (key_id integer, name text, role text, expires_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select api_keys.key_id, api_keys.name, api_keys.role, api_keys.expires_at
    from ledger.api_keys
    where api_keys.key_hash = requested_hash and api_keys.revoked_at is null
$$;
comment on function ledger.find_api_key is 'The key with this hash, unless it was revoked.';

revoke execute on function ledger.find_api_key(bytea) from public;
grant execute on function ledger.find_api_key(bytea) to warehouse_analyst;
