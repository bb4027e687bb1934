"""What must hold of the marts after a build: they say what the accepted loads said, no more and no less.

dbt tests own keys and relationships. Everything expected is computed from raw here, not with the models' own SQL.
"""

from loaders.gates.results import Expectation, Suite
from loaders.gates.suites.marts_days import LAST_DAY_IS_COMPLETE, REGIONS_REPORT
from loaders.gates.suites.marts_parents import CHILDREN_ADD_UP
from loaders.gates.suites.marts_sources import NEWEST_LOADS_ARE_LIKE_THEIR_HISTORY, PUBLICATIONS_KEEP_TIME

ACCEPTED_LOADS_ARE_APPLIED = Expectation(
    name="The marts hold every accepted load, and no other",
    scope="loads",
    query="""
select
    coalesce(loads.load_id, applied.load_id) as load_id,
    loads.uri,
    case
        when applied.load_id is null then 'load ' || loads.load_id || ' is accepted, but not in the marts'
        else 'load ' || applied.load_id || ' is in the marts, but not accepted'
    end as finding
from (select * from raw.loads where status = 'accepted') as loads
full join staging.int_loads_applied as applied on loads.load_id = applied.load_id
where loads.load_id is null or applied.load_id is null
order by 1
""",
    counted="loads",
    remedy="Run: python -m loaders build",
)

# By the loads that the build applied, so that one that is accepted while this runs raises no second alarm.
REVISIONS_RECONCILE = Expectation(
    name="The revisions in the marts are exactly those of the loads they hold",
    scope="marts.fct_measure_revisions",
    query="""
with counted as (
    select measures.series_id, measures.interval_start, measures.collected_at, measures.load_id, measures.value
    from raw.measures
    inner join staging.int_loads_applied as applied on measures.load_id = applied.load_id
    union all
    select measures.series_id, measures.interval_start, measures.collected_at, measures.load_id, measures.value
    from raw.redelivered_rows as repeated
    inner join staging.int_loads_applied as applied on repeated.load_id = applied.load_id
    inner join raw.loads as storing
        on repeated.row_ids && int8range(storing.first_row_id, storing.last_row_id, '[]')
    inner join raw.measures on storing.load_id = measures.load_id and repeated.row_ids @> measures.row_id
    where not exists (select from staging.int_loads_applied as others where others.load_id = storing.load_id)
),
expected as (
    select distinct on (series_id, interval_start, collected_at)
        series_id, interval_start, collected_at, value, true as is_there
    from counted
    order by series_id, interval_start, collected_at, load_id desc
),
published as (
    select series_id, interval_start, collected_at, value, load_id, true as is_there from {batch}
),
differing as (
    select
        series_id,
        interval_start,
        collected_at,
        expected.value as expected_value,
        published.value as published_value,
        published.load_id,
        case
            when published.is_there is null then 'revisions are missing in the mart'
            when expected.is_there is null then 'revisions are in the mart that no accepted load delivered'
            else 'values differ from those delivered'
        end as finding
    from expected
    full join published using (series_id, interval_start, collected_at)
    where
        expected.is_there is null
        or published.is_there is null
        or expected.value is distinct from published.value
)
select series.grid_name as grid, series.region_name as region, series.node_name as node, series.metric, differing.*
from differing
left join marts.dim_series as series using (series_id)
order by series_id, interval_start, collected_at
""",
    counted="revisions",
    remedy="Rebuild it: python -m loaders build -- --full-refresh",
)

# With this, each series and interval has one newest revision, and a moment finds one revision or none.
KNOWLEDGE_RANGES_CHAIN = Expectation(
    name="Each revision is known until the next one of its interval, and only the last one without end",
    scope="marts.fct_measure_revisions",
    query="""
with chained as (
    select
        grid_name as grid,
        region_name as region,
        node_name as node,
        metric,
        series_id,
        interval_start,
        collected_at,
        known_from,
        known_to,
        lead(known_from) over (partition by series_id, interval_start order by known_from) as next_known_from
    from {batch}
)
select
    *,
    case
        when known_to is null then 'revisions without end have a successor'
        when next_known_from is null or known_to < next_known_from then 'knowledge ranges leave a gap'
        else 'knowledge ranges overlap'
    end as finding
from chained
where known_to is distinct from next_known_from or known_from <> collected_at
order by series_id, interval_start, collected_at
""",
    counted="revisions",
    remedy="Rebuild it: python -m loaders build -- --full-refresh",
)

# A day ahead, as much as a gate lets through: whether something is from the future is asked below.
LATEST_IS_AS_OF_NOW = Expectation(
    name="The latest values are those as of now",
    scope="marts.fct_measures_latest",
    query="""
with latest as (
    select series_id, interval_start, collected_at, value, load_id from marts.fct_measures_latest
),
as_of_now as (
    select series_id, interval_start, collected_at, value, load_id
    from marts.measures_as_of(now() + interval '1 day')
),
differing as (
    select 'latest has values that as-of now has not' as finding, only_latest.*
    from (select * from latest except all select * from as_of_now) as only_latest
    union all
    select 'as-of now has values that latest has not' as finding, only_as_of.*
    from (select * from as_of_now except all select * from latest) as only_as_of
)
select series.grid_name as grid, series.region_name as region, series.node_name as node, series.metric, differing.*
from differing
left join marts.dim_series as series using (series_id)
order by series_id, interval_start, collected_at
""",
    counted="values",
    remedy="Rebuild them: python -m loaders build",
)

NOTHING_FROM_THE_FUTURE = Expectation(
    name="Nothing was collected later than a day from now",
    scope="marts.fct_measure_revisions",
    query="""
select
    grid_name as grid, region_name as region, node_name as node, metric, load_id, interval_start, collected_at, value
from {batch}
where collected_at > now() + interval '1 day'
order by collected_at desc
""",
    counted="revisions",
    remedy="Check this machine's clock, and the time zone and collected_at of the load; withdraw it if they are wrong",
)

SOURCES_ARE_FRESH = Expectation(
    name="Every source that rules.yml gives a freshness was heard of within it",
    scope="marts.fct_measure_revisions",
    query="""
with wanted as (
    select source, cast(within as interval) as within
    from jsonb_each_text(current_setting('warehouse.rules')::jsonb -> 'freshness') as limits (source, within)
)
select
    source,
    newest.collected_at as newest_collected_at,
    source || ' was last collected ' || coalesce(to_char(newest.collected_at, 'YYYY-MM-DD HH24 "h"'), 'never')
    || ', and may be ' || within || ' old' as finding
from wanted
cross join lateral (
    select max(collected_at) as collected_at from {batch} as revisions where revisions.source = wanted.source
) as newest
where newest.collected_at is null or newest.collected_at < now() - within
order by source
""",
    counted="sources",
    remedy="Ingest the newest delivery, or ask its publisher",
)

MARTS = Suite(
    name="marts",
    relation="marts.fct_measure_revisions",
    expectations=(
        ACCEPTED_LOADS_ARE_APPLIED,
        REVISIONS_RECONCILE,
        KNOWLEDGE_RANGES_CHAIN,
        LATEST_IS_AS_OF_NOW,
        NOTHING_FROM_THE_FUTURE,
        SOURCES_ARE_FRESH,
        LAST_DAY_IS_COMPLETE,
        REGIONS_REPORT,
        PUBLICATIONS_KEEP_TIME,
        NEWEST_LOADS_ARE_LIKE_THEIR_HISTORY,
        CHILDREN_ADD_UP,
    ),
    needs=("marts.fct_measure_revisions", "marts.fct_measures_latest", "marts.dim_series", "staging.int_loads_applied"),
    missing="The marts are not built yet; run: python -m loaders build",
)
