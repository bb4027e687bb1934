"""What must hold of the loads before a build: none waits for a decision, none was let in against its results.

The rules themselves are measured when a load arrives (gate.py); here their results are read, so that a check costs by
the loads and not by their rows.
"""

from loaders.gates.results import Expectation, Suite

# How far back the stored rows are counted again; each check costs by these loads' rows.
RECENT_LOADS = 100

# The newest results of a load that did not pass.
BROKEN_RULES = """
select
    loads.load_id,
    loads.uri,
    results.rule,
    results.metric,
    results.rows_failed,
    results.rows_checked,
    'load ' || loads.load_id || ' (' || loads.uri || '): '
    || coalesce(
        results.rule || ' fails for ' || results.rows_failed || ' of ' || results.rows_checked || ' rows of '
        || results.metric || ', allowed ' || trim_scale(round(cast(results.share_allowed * 100 as numeric), 4))
        || ' %; ' || results.rule_description,
        'held by hand'
    ) as finding,
    results.examples
from {batch} as loads
left join raw.gate_results as results
    on
        loads.load_id = results.load_id
        and not results.passed
        and results.checked_at = (
            select max(newest.checked_at) from raw.gate_results as newest where newest.load_id = loads.load_id
        )
"""

NO_LOAD_IS_HELD = Expectation(
    name="No load waits outside because it broke a rule",
    scope="loads",
    query=BROKEN_RULES + "where loads.status = 'held' order by loads.load_id desc, results.rule",
    counted="broken rules",
    remedy="Decide with: python -m loaders accept LOAD_ID --why ..., or withdraw LOAD_ID --why ...",
)

# A person may overrule a rule; then the reason of the acceptance is not the gate's own.
NOT_OVERRULED = """
where
    loads.status = 'accepted'
    and results.rule is not null
    and (
        select events.decided_by = 'gate'
        from raw.load_events as events
        where events.load_id = loads.load_id and events.status = 'accepted'
        order by events.event_id desc
        limit 1
    )
order by loads.load_id desc, results.rule
"""

NO_FAILED_LOAD_IS_ACCEPTED = Expectation(
    name="Every accepted load keeps to its rules, or a person accepted it all the same",
    scope="loads",
    query=BROKEN_RULES + NOT_OVERRULED,
    counted="broken rules",
    remedy="Withdraw the load: python -m loaders withdraw LOAD_ID --why ...",
)

LEDGER_RECONCILES = Expectation(
    name="The ledger counts what is stored: every row read is inserted, duplicate or rejected",
    scope="loads",
    query=f"""
with recent as (
    select * from {{batch}} order by load_id desc limit {RECENT_LOADS}
)
select
    recent.load_id,
    recent.uri,
    recent.rows_read,
    recent.rows_inserted,
    recent.rows_duplicate,
    recent.rows_rejected,
    stored.row_count as rows_stored,
    refused.row_count as rejects_stored,
    'load ' || recent.load_id || ' says ' || recent.rows_inserted || ' rows inserted and ' || recent.rows_rejected
    || ' rejected; stored are ' || stored.row_count || ' and ' || refused.row_count as finding
from recent
cross join lateral (
    select count(*) as row_count
    from raw.measures
    where
        measures.load_id = recent.load_id
        and measures.interval_start between recent.interval_from and recent.interval_to
) as stored
cross join lateral (
    select count(*) as row_count from raw.rejected_rows where rejected_rows.load_id = recent.load_id
) as refused
where
    recent.rows_read <> recent.rows_inserted + recent.rows_duplicate + recent.rows_rejected
    or recent.rows_inserted <> stored.row_count
    or recent.rows_rejected <> refused.row_count
order by recent.load_id desc
""",  # noqa: S608 - the number is ours
    counted="loads",
    remedy="Rows of raw were changed by other means than the loaders; withdraw the load and ingest it again",
)

NO_LOAD_IS_FORGOTTEN = Expectation(
    name="No load has been waiting for its gate for more than a day",
    scope="loads",
    query="""
select load_id, uri, loaded_at, 'load ' || load_id || ' (' || uri || ') is pending' as finding
from {batch}
where status = 'pending' and loaded_at < now() - interval '1 day'
order by load_id
""",
    counted="loads",
    remedy="The next `python -m loaders up` or ingest judges it",
)

RULES_NAME_KNOWN_METRICS = Expectation(
    name="Every metric that a rule names is registered",
    scope="loaders/gates/rules.yml",
    query="""
select named.metric, 'rules name the metric ' || named.metric || ', which is not registered' as finding
from jsonb_array_elements_text(current_setting('warehouse.rules')::jsonb -> 'metrics') as named (metric)
where not exists (select from raw.metrics where metrics.metric = named.metric)
order by named.metric
""",
    counted="metrics",
    remedy="Mend its spelling in the rules, or register it: python -m loaders register FILE",
)

RAW = Suite(
    name="raw",
    relation="raw.loads",
    expectations=(
        NO_LOAD_IS_HELD,
        NO_FAILED_LOAD_IS_ACCEPTED,
        LEDGER_RECONCILES,
        NO_LOAD_IS_FORGOTTEN,
        RULES_NAME_KNOWN_METRICS,
    ),
    needs=("raw.loads", "raw.gate_results"),
    missing="Schema raw is not there or not up to date; run: python -m loaders db start",
)
