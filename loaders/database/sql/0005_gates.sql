-- What the two checks found, and the rows that break a rule, so that both outlive the run that saw them.
create table raw.check_results (
    checked_at timestamptz not null,
    gate text not null check (gate in ('raw', 'marts')),
    expectation text not null,
    scope text not null,
    observed bigint not null check (observed >= 0),
    counted text not null,
    passed boolean not null,
    detail text not null,
    examples jsonb not null,
    primary key (gate, expectation, checked_at),
    check (passed = (observed = 0))
);
comment on table raw.check_results is
    'One row per check and expectation; a history, so that the beginning of a fault can be seen. observed: how many broke it, in what counted names.';

create table raw.flagged_rows (
    load_id integer not null references raw.loads,
    series_id integer not null,
    interval_start timestamptz not null,
    collected_at timestamptz not null,
    value double precision,
    rule text not null,
    kind text not null,
    is_new boolean not null,
    primary key (load_id, rule, series_id, interval_start, collected_at)
);
create index flagged_rows_key on raw.flagged_rows (series_id, interval_start, collected_at);
comment on table raw.flagged_rows is
    'One row per delivered row and rule that it broke when its load was last judged; load_id delivered it, and need not have stored it. is_new: false where an accepted load had delivered the same before.';
