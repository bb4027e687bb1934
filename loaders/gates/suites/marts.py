"""What must hold of the marts after a build: they show what the accepted loads delivered, no more and no less.

dbt tests cover keys and relationships. What is expected here is computed from schema raw, not with the SQL of the
models. The entries of rules.yml come as a setting of the session, because these queries take no parameters.
"""

from loaders.database.logins import TRANSFORMER
from loaders.database.sql_files import read_sql
from loaders.gates.results import SqlExpectation, StandardExpectation, Suite

PACKAGE = __name__.rpartition(".")[0]
# The table below marts.fct_measure_revisions, which refuses to read archived months.
REVISIONS = "staging.int_measure_revisions"
LATEST = "marts.fct_measures_latest"
REBUILD_REVISIONS = "Rebuild them: warehouse build -- --full-refresh"
BUILD = "Run: warehouse build"


def _of_last_day(query: str) -> str:
    return f"with last_day as (\n{read_sql(PACKAGE, 'last_day')})\n{read_sql(PACKAGE, query)}"


ACCEPTED_LOADS_ARE_APPLIED = SqlExpectation(
    name="The marts hold every accepted load and no other",
    relation="raw.loads",
    scope="loads",
    query=read_sql(PACKAGE, "accepted_loads_are_applied"),
    counted="loads",
    remedy=BUILD,
)

REVISIONS_MATCH_THEIR_LOADS = SqlExpectation(
    name="The revisions in the marts are exactly those of the loads in them",
    relation=REVISIONS,
    scope=REVISIONS,
    query=read_sql(PACKAGE, "revisions_match_their_loads"),
    counted="revisions",
    remedy=REBUILD_REVISIONS,
)

KNOWLEDGE_RANGES_FOLLOW_EACH_OTHER = SqlExpectation(
    name="Each revision is valid until the next one of its interval, and only the last has no end",
    relation=REVISIONS,
    scope=REVISIONS,
    query=read_sql(PACKAGE, "knowledge_ranges_follow_each_other"),
    counted="revisions",
    remedy=REBUILD_REVISIONS,
)

LATEST_EQUALS_AS_OF_NOW = SqlExpectation(
    name="The latest values equal the values as of now",
    relation=LATEST,
    scope=LATEST,
    query=read_sql(PACKAGE, "latest_equals_as_of_now"),
    counted="values",
    remedy=BUILD,
)

NOTHING_IS_FROM_THE_FUTURE = SqlExpectation(
    name="No value was collected more than a day from now",
    relation=REVISIONS,
    scope=REVISIONS,
    query=read_sql(PACKAGE, "nothing_is_from_the_future"),
    counted="revisions",
    remedy="Check the clock of this machine, and the time zone and collected_at of the load. Withdraw it if wrong",
)

SOURCES_ARE_FRESH = SqlExpectation(
    name="Each source has published within its freshness limit",
    relation=REVISIONS,
    scope=REVISIONS,
    query=read_sql(PACKAGE, "sources_are_fresh"),
    counted="sources",
    remedy="Ingest the newest delivery, or ask its publisher",
)

LAST_DAY_IS_COMPLETE = SqlExpectation(
    name="The last full local day of each grid is complete (completeness rules)",
    relation=LATEST,
    scope=LATEST,
    query=_of_last_day("last_day_is_complete"),
    counted="days of a grid",
    remedy="See marts.fct_completeness for the hours. Ingest what is missing, or ask its publisher",
    on_one_server=True,
)

REGIONS_REPORT = SqlExpectation(
    name="Enough nodes of each region reported on the last full local day (hierarchy_share rules)",
    relation=LATEST,
    scope=LATEST,
    query=_of_last_day("regions_report"),
    counted="regions",
    remedy="Ingest what is missing, or ask its publisher",
    on_one_server=True,
)

SOURCES_PUBLISH_ON_SCHEDULE = SqlExpectation(
    name="Each source publishes on its schedule (cadence rules)",
    relation=REVISIONS,
    scope=REVISIONS,
    query=read_sql(PACKAGE, "sources_publish_on_schedule"),
    counted="gaps",
    remedy="Ingest the publications between, or ask the publisher",
)

NEWEST_DAY_RESEMBLES_HISTORY = SqlExpectation(
    name="Median of the newest day is within max_shift of the series' history (shift rules)",
    relation=LATEST,
    scope="loads",
    query=read_sql(PACKAGE, "newest_day_resembles_history"),
    counted="series",
    remedy="Check unit, sign and node of the load. Withdraw it if they are wrong",
    on_one_server=True,
)

CHILDREN_ADD_UP = SqlExpectation(
    name="The children of a node add up to its own value (reconciliation rules)",
    relation=LATEST,
    scope=LATEST,
    query=read_sql(PACKAGE, "children_add_up"),
    counted="parents",
    remedy="Ask the publisher which of the two is right. A child may be missing, or counted twice",
    on_one_server=True,
)

STANDARD = (
    StandardExpectation(
        name="Each series has a unit",
        relation="marts.dim_series",
        scope="marts.dim_series",
        expectation="ExpectColumnValuesToNotBeNull",
        arguments={"column": "unit"},
        counted="series",
        remedy=BUILD,
    ),
    StandardExpectation(
        name="Each series is listed once",
        relation="marts.dim_series",
        scope="marts.dim_series",
        expectation="ExpectColumnValuesToBeUnique",
        arguments={"column": "series_id"},
        counted="rows",
        remedy=BUILD,
    ),
    StandardExpectation(
        name="Every metric is aggregated by sum or by mean",
        relation="marts.dim_metric",
        scope="marts.dim_metric",
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"column": "aggregation", "value_set": ["sum", "mean"]},
        counted="metrics",
        remedy=BUILD,
    ),
    StandardExpectation(
        name="The statistics of the warehouse are one row",
        relation="marts.warehouse_stats",
        scope="marts.warehouse_stats",
        expectation="ExpectTableRowCountToEqual",
        arguments={"value": 1},
        counted="rows too many or missing",
        remedy=BUILD,
    ),
)

MARTS = Suite(
    name="marts",
    login=TRANSFORMER,
    expectations=(
        ACCEPTED_LOADS_ARE_APPLIED,
        REVISIONS_MATCH_THEIR_LOADS,
        KNOWLEDGE_RANGES_FOLLOW_EACH_OTHER,
        LATEST_EQUALS_AS_OF_NOW,
        NOTHING_IS_FROM_THE_FUTURE,
        SOURCES_ARE_FRESH,
        LAST_DAY_IS_COMPLETE,
        REGIONS_REPORT,
        SOURCES_PUBLISH_ON_SCHEDULE,
        NEWEST_DAY_RESEMBLES_HISTORY,
        CHILDREN_ADD_UP,
        *STANDARD,
    ),
    needs=(
        REVISIONS,
        LATEST,
        "marts.dim_series",
        "marts.dim_metric",
        "marts.warehouse_stats",
        "staging.int_loads_applied",
    ),
    missing="The marts are not built yet. Run: warehouse build",
)
