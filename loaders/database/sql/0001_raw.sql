-- Schema raw: append-only facts, and the small registry they refer to. Owned by warehouse_loader.

create table raw.grids (
    grid_id integer generated always as identity primary key,
    grid_name text not null unique check (grid_name <> ''),
    time_zone text not null check (time_zone <> ''),
    created_at timestamptz not null default now()
);
comment on table raw.grids is 'One row per grid (TSO/ISO); time_zone is an IANA name.';

create table raw.regions (
    region_id integer generated always as identity primary key,
    grid_id integer not null references raw.grids,
    region_name text not null check (region_name <> ''),
    created_at timestamptz not null default now(),
    unique (grid_id, region_name)
);
comment on table raw.regions is 'One row per region of a grid.';

create table raw.nodes (
    node_id integer generated always as identity primary key,
    region_id integer not null references raw.regions,
    node_name text not null check (node_name <> ''),
    created_at timestamptz not null default now(),
    unique (region_id, node_name)
);
comment on table raw.nodes is 'One row per node: the place a value is about.';

create table raw.metrics (
    metric text primary key check (metric <> ''),
    unit text not null,
    aggregation text not null check (aggregation in ('sum', 'mean')),
    actual_metric text references raw.metrics,
    created_at timestamptz not null default now()
);
comment on table raw.metrics is 'One row per metric; actual_metric is what a forecast metric is measured against.';

create table raw.series (
    series_id integer generated always as identity primary key,
    node_id integer not null references raw.nodes,
    metric text not null references raw.metrics,
    source text not null check (source <> ''),
    resolution text not null check (resolution::interval > interval '0'),
    created_at timestamptz not null default now(),
    unique (node_id, metric, source)
);
comment on table raw.series is 'One row per node, metric and source; resolution is an ISO 8601 duration.';

create table raw.loads (
    load_id integer primary key,
    source text not null,
    format text not null,
    uri text not null,
    content_hash text not null unique,
    collected_at_basis text not null check (collected_at_basis in ('published', 'observed', 'inferred')),
    status text not null check (status in ('pending', 'accepted', 'held', 'withdrawn')),
    started_at timestamptz not null,
    loaded_at timestamptz not null,
    rows_read bigint not null,
    rows_inserted bigint not null,
    rows_corrected bigint not null,
    rows_duplicate bigint not null,
    rows_rejected bigint not null,
    first_row_id bigint,
    last_row_id bigint,
    interval_from timestamptz,
    interval_to timestamptz,
    collected_from timestamptz,
    collected_to timestamptz,
    check (rows_read = rows_inserted + rows_duplicate + rows_rejected),
    check (rows_corrected between 0 and rows_inserted),
    check ((rows_inserted = 0 and first_row_id is null) or last_row_id - first_row_id + 1 = rows_inserted)
);
create sequence raw.load_ids as integer owned by raw.loads.load_id;
comment on table raw.loads is
    'One row per load: one atomic delivery from one source. rows_corrected counts inserted rows that gave a stored key another value.';

create table raw.load_events (
    event_id bigint generated always as identity primary key,
    load_id integer not null references raw.loads,
    at timestamptz not null default clock_timestamp(),
    status text not null check (status in ('pending', 'accepted', 'held', 'withdrawn')),
    who text not null,
    why text not null
);
create index on raw.load_events (load_id, at);
comment on table raw.load_events is 'One row per change of a load''s status; never changed.';

-- No foreign keys and no check constraints here: both would be paid for by every row. dbt tests own the relationships.
create table raw.measures (
    series_id integer not null,
    load_id integer not null,
    interval_start timestamptz not null,
    collected_at timestamptz not null,
    value double precision,
    row_id bigint not null,
    primary key (series_id, interval_start, collected_at, load_id)
) partition by range (interval_start);
create index measures_load_id on raw.measures (load_id);
create sequence raw.row_ids;
comment on table raw.measures is
    'One row per revision as first delivered; append-only. row_id numbers the stored rows of the warehouse, without gaps inside a load.';

create table raw.redelivered_rows (
    load_id integer primary key references raw.loads,
    row_ids int8multirange not null
);
comment on table raw.redelivered_rows is
    'One row per load that repeated rows stored by earlier loads: which rows, so that they outlive a withdrawal of the load that stored them.';

create table raw.rejected_rows (
    load_id integer not null references raw.loads,
    row_number bigint not null,
    reason text not null,
    payload jsonb not null,
    primary key (load_id, row_number)
);
comment on table raw.rejected_rows is 'One row per row that could not be stored, and why.';

create table raw.gate_results (
    load_id integer not null references raw.loads,
    checked_at timestamptz not null default clock_timestamp(),
    rule text not null,
    metric text not null,
    rows_checked bigint not null,
    rows_failed bigint not null,
    share_allowed double precision not null,
    passed boolean not null,
    examples jsonb not null default '[]',
    primary key (load_id, checked_at, rule, metric)
);
comment on table raw.gate_results is 'One row per load, check, rule and metric; a history, so that the beginning of a fault can be seen.';
