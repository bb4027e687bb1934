-- What ran unattended, and the builds: so that a monitor sees when the last one ended, and how.
create table raw.runs (
    run_id text primary key,
    started_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    result text not null check (result in ('done', 'failed', 'held')),
    summary jsonb not null,
    login text not null default session_user
);
create index on raw.runs (started_at);
comment on table raw.runs is 'One row per scheduled run; summary has its steps, unless nothing was new.';

create table raw.builds (
    build_number bigint generated always as identity primary key,
    started_at timestamptz not null,
    ended_at timestamptz not null default clock_timestamp(),
    passed boolean not null,
    nodes integer not null,
    inputs text
);
comment on table raw.builds is
'One row per dbt build. inputs: a hash of what decides its result, null unless everything was built.';

grant insert on raw.runs to warehouse_loader;
grant insert on raw.builds to warehouse_transformer;

-- For status and monitoring, which log in as the analyst and may not read raw.
create function ledger.operations_status() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select jsonb_build_object(
        'last_run', (
            select jsonb_build_object(
                'run_id', runs.run_id,
                'started_at', runs.started_at,
                'seconds', extract(epoch from runs.ended_at - runs.started_at),
                'result', runs.result
            )
            from raw.runs
            order by runs.started_at desc
            limit 1
        ),
        'last_build', (
            select jsonb_build_object(
                'build_number', builds.build_number,
                'started_at', builds.started_at,
                'seconds', extract(epoch from builds.ended_at - builds.started_at),
                'passed', builds.passed
            )
            from raw.builds
            order by builds.build_number desc
            limit 1
        ),
        'sources', (
            select coalesce(jsonb_object_agg(by_source.source, to_jsonb(by_source) - 'source'), '{}')
            from (
                select
                    loads.source,
                    count(*) as loads,
                    count(*) filter (where loads.status = 'held') as loads_held,
                    sum(loads.rows_rejected) as rows_rejected,
                    sum(loads.rows_read) filter (where loads.status = 'held') as rows_held,
                    max(loads.loaded_at) as newest_loaded_at,
                    max(loads.collected_to) as newest_collected_at
                from raw.loads
                group by loads.source
            ) as by_source
        )
    )
$$;
comment on function ledger.operations_status is 'The last run, the last build, and the loads of each source, as JSON.';
revoke execute on function ledger.operations_status() from public;
grant execute on function ledger.operations_status()
to warehouse_loader, warehouse_transformer, warehouse_analyst;
