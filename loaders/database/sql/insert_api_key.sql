-- A new key.
insert into ledger.api_keys (name, role, key_hash, key_start, created_by, expires_at)
values (%(name)s, %(role)s, %(hash)s, %(start)s, %(who)s, %(expires_at)s)
