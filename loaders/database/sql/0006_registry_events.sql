-- Who added, renamed or moved a grid, region or node by hand, and why. The ids stay; names and parents change.
create table raw.registry_events (
    event_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    kind text not null check (kind in ('grid', 'region', 'node')),
    id integer not null,
    change text not null check (change in ('added', 'renamed', 'moved')),
    old_names text[] check ((old_names is null) = (change = 'added')),
    new_names text[] not null,
    who text not null,
    why text not null check (why <> '')
);
create index on raw.registry_events (kind, id);
comment on table raw.registry_events is
    'One row per grid, region or node added, renamed or moved by hand; never changed. id: of its kind''s table; names: from the grid down.';
