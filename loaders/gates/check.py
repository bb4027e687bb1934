"""The two gates of the command line: of the loads before a build, and of the marts after it."""

import json
from pathlib import Path
from typing import Any

import psycopg

from loaders.connection import connect
from loaders.errors import GateError, ServerError
from loaders.gates.marts_suite import MARTS
from loaders.gates.outcome import CheckReport, Suite
from loaders.gates.raw_suite import RAW
from loaders.gates.rules import RULES_FILE, Rules, read_rules
from loaders.settings import PROJECT_ROOT

DATA_DOCS = PROJECT_ROOT / "reports" / "data_docs"


def check_raw(data_docs: Path | None = None) -> CheckReport:
    """The gate of the loads; Data Docs go to reports/data_docs/raw. Raises GateError when it cannot run."""
    return _check(RAW, data_docs or DATA_DOCS)


def check_marts(data_docs: Path | None = None) -> CheckReport:
    """The gate of the marts; Data Docs go to reports/data_docs/marts. Raises GateError when it cannot run."""
    return _check(MARTS, data_docs or DATA_DOCS)


def _check(suite: Suite, data_docs: Path) -> CheckReport:
    rules = read_rules(RULES_FILE)
    try:
        with _open(rules) as connection:
            _require(connection, suite)
        # Only now: what follows takes seconds to import.
        from loaders.gates.expectations import run_suite

        return run_suite(suite, lambda: _open(rules), data_docs / suite.name)
    except (psycopg.Error, ServerError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise GateError(f"The {suite.name} gate cannot run: {said}.") from error


def _open(rules: Rules) -> psycopg.Connection[Any]:
    """A connection that cannot write. What queries need of the rules goes with it as a setting, as they take no
    parameters."""
    connection = connect("warehouse_transformer")
    needed = {
        "metrics": sorted(rules.metrics),
        "freshness": {source: f"{within.total_seconds()} seconds" for source, within in rules.freshness.items()},
    }
    for name, value in {
        "warehouse.rules": json.dumps(needed),
        "default_transaction_read_only": "on",
        "work_mem": "128MB",
        "jit": "off",
    }.items():
        connection.execute("select set_config(%s, %s, false)", [name, value])
    connection.commit()
    return connection


def _require(connection: psycopg.Connection[Any], suite: Suite) -> None:
    for relation in suite.needs:
        if connection.execute("select to_regclass(%s)", [relation]).fetchone()[0] is None:
            raise GateError(suite.missing)
