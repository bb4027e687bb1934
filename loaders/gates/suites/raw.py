"""What must hold of the loads before a build: none awaits a decision, none was accepted against its results.

The rules themselves are evaluated when a load arrives (load_gate.py). Here their results are read, so that the cost of
a check is that of the loads and not of their rows.
"""

from loaders.database.logins import LOADER
from loaders.database.sql_files import read_sql
from loaders.gates.results import SqlExpectation, Suite

PACKAGE = __name__.rpartition(".")[0]


def _with(name: str, query: str) -> str:
    """Return a query of suites/sql that reads another one by its name."""
    return f"with {name} as (\n{read_sql(PACKAGE, name)})\n{read_sql(PACKAGE, query)}"


NO_LOAD_IS_HELD = SqlExpectation(
    name="No load is held",
    relation="raw.loads",
    scope="loads",
    query=_with("broken_rules", "no_load_is_held"),
    counted="broken rules",
    remedy="Decide with: warehouse accept LOAD_ID --why ..., or withdraw LOAD_ID --why ...",
)

ACCEPTED_LOADS_MEET_THEIR_RULES = SqlExpectation(
    name="Every accepted load meets its rules, or a person accepted it",
    relation="raw.loads",
    scope="loads",
    query=_with("broken_rules", "accepted_loads_meet_their_rules"),
    counted="broken rules",
    remedy="Withdraw it: warehouse withdraw LOAD_ID --why ... (to keep it, then accept it with a reason)",
)

LOADS_ARE_JUDGED_BY_THE_CURRENT_RULES = SqlExpectation(
    name="Every load was judged by the current rules",
    relation="raw.loads",
    scope="loads",
    query=_with("outdated_results", "loads_are_judged_by_the_current_rules"),
    counted="loads",
    remedy="Run the check again: it judges such loads first",
)

LEDGER_COUNTS_WHAT_IS_STORED = SqlExpectation(
    name="Every row read is inserted, duplicate, blank or rejected, as the ledger counts it",
    relation="raw.loads",
    scope="loads",
    query=read_sql(PACKAGE, "ledger_counts_what_is_stored"),
    counted="loads",
    remedy="Rows of schema raw were changed by other means than the loaders. Withdraw the load and ingest it again",
)

NO_LOAD_IS_PENDING_FOR_LONG = SqlExpectation(
    name="No load has been pending for more than a day",
    relation="raw.loads",
    scope="loads",
    query=read_sql(PACKAGE, "no_load_is_pending_for_long"),
    counted="loads",
    remedy="The next `warehouse up` or ingest judges it",
)

METRICS_OF_RULES_ARE_REGISTERED = SqlExpectation(
    name="Every metric that a rule names is registered",
    relation="raw.metrics",
    scope="loaders/gates/rules.yml",
    query=read_sql(PACKAGE, "metrics_of_rules_are_registered"),
    counted="metrics",
    remedy="Correct its spelling in the rules, or register it: warehouse register FILE",
)

RAW = Suite(
    name="raw",
    login=LOADER,
    expectations=(
        NO_LOAD_IS_HELD,
        ACCEPTED_LOADS_MEET_THEIR_RULES,
        LOADS_ARE_JUDGED_BY_THE_CURRENT_RULES,
        LEDGER_COUNTS_WHAT_IS_STORED,
        NO_LOAD_IS_PENDING_FOR_LONG,
        METRICS_OF_RULES_ARE_REGISTERED,
    ),
    needs=("raw.loads", "raw.gate_results"),
    missing="Schema raw is missing or not up to date. Run: warehouse db start",
)
