"""The two checks of the command line: of the loads before a build, and of the marts after it."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from loaders.database.citus import is_distributed
from loaders.database.connection import connect
from loaders.errors import GateError
from loaders.files import atomic_write, make_private_folder
from loaders.gates.outputs.html import to_page
from loaders.gates.outputs.junit import to_junit
from loaders.gates.outputs.webhook import alert_check
from loaders.gates.results import CheckResult, Suite, save_results
from loaders.gates.rules import RULES_FILE, Rules, read_rules
from loaders.gates.stored_loads import judge_outdated_loads
from loaders.gates.suites.marts import MARTS
from loaders.gates.suites.raw import RAW
from loaders.gates.unlimited_series import describe_unlimited_series
from loaders.messages import one_line
from loaders.settings import PROJECT_ROOT

REPORTS = PROJECT_ROOT / "reports"
# Read by accepted_loads_are_applied.sql.
OF_LAST_BUILD = "warehouse.check_of_last_build"


def check_raw(reports: Path | None = None) -> CheckResult:
    """Check the loads. Loads that were judged by older rules are judged again first, the newest of them.

    Writes check_raw.html, junit/check_raw.xml and data_docs/raw below `reports`, stores the results in
    raw.check_results, and alerts when it fails. Raises GateError when it cannot run.
    """
    return _check(RAW, reports or REPORTS, prepare=judge_outdated_loads)


def check_marts(reports: Path | None = None, of_last_build: bool = False) -> CheckResult:
    """Check the marts; as check_raw, with files named after it.

    of_last_build: loads that were accepted or withdrawn after the last build began are left to the next one. Without it
    they fail the check, because the marts do not show them yet.
    """
    return _check(MARTS, reports or REPORTS, settings={OF_LAST_BUILD: "on" if of_last_build else "off"})


def _check(
    suite: Suite,
    folder: Path,
    prepare: Callable[[Rules], object] = lambda rules: None,
    settings: dict[str, str] | None = None,
) -> CheckResult:
    try:
        check = _run(suite, folder, prepare, settings)
        _write(check)
        save_results(check, suite.login)
    except GateError as error:
        _report_error(suite, folder, error)
        raise
    except Exception as error:  # whatever it is, nothing passes
        fault = GateError(f"The {suite.name} check cannot run: {one_line(str(error) or type(error).__name__)}.")
        _report_error(suite, folder, fault)
        raise fault from error
    alert_check(check)
    return check


def _run(
    suite: Suite, folder: Path, prepare: Callable[[Rules], object], settings: dict[str, str] | None
) -> CheckResult:
    rules = read_rules(RULES_FILE)
    with _open(rules, suite.login) as connection:
        _require_relations(connection, suite)
        left_out = [each for each in suite.expectations if each.on_one_server] if is_distributed(connection) else []
    suite = replace(suite, expectations=tuple(each for each in suite.expectations if each not in left_out))
    prepare(rules)
    # Only now: what follows takes seconds to import.
    from loaders.gates.gx_adapter import run_suite

    check = run_suite(suite, lambda: _open(rules, suite.login, settings), folder / "data_docs" / suite.name)
    with _open(rules, suite.login) as connection:
        notes = describe_unlimited_series(connection, rules) if suite.name == RAW.name else []
    notes += [f"{each.name}, because the tables are distributed" for each in left_out]
    return replace(check, notes=notes, **_paths(suite, folder))


def _paths(suite: Suite, folder: Path) -> dict[str, Any]:
    name = f"check_{suite.name}"
    return {"page": str(folder / f"{name}.html"), "junit": str(folder / "junit" / f"{name}.xml")}


def _write(check: CheckResult) -> None:
    for path, text in ((Path(check.page), to_page(check)), (Path(check.junit), to_junit(check))):
        try:
            make_private_folder(path.parent)
            atomic_write(path, text)
        except OSError as error:
            raise GateError(f"The report {path} cannot be written ({error.strerror}). Make room there.") from error


def _report_error(suite: Suite, folder: Path, error: GateError) -> None:
    """Replace the files of the last run: they may say that all was well."""
    check = CheckResult(suite.name, [], error=str(error), **_paths(suite, folder))
    with contextlib.suppress(GateError):
        _write(check)
    alert_check(check)


def _open(rules: Rules, login: str, settings: dict[str, str] | None = None) -> psycopg.Connection[Any]:
    """Open a connection that cannot write. What queries need of the rules comes with it as a setting, because they
    take no parameters."""
    connection = connect(login)
    for name, value in {
        "warehouse.rules": json.dumps(rules.for_queries()),
        "default_transaction_read_only": "on",
        "work_mem": "128MB",
        "jit": "off",
        **(settings or {}),
    }.items():
        connection.execute("select set_config(%s, %s, false)", [name, value])
    connection.commit()
    return connection


def _require_relations(connection: psycopg.Connection[Any], suite: Suite) -> None:
    for relation in suite.needs:
        if connection.execute("select to_regclass(%s)::text", [relation]).fetchone() == (None,):
            raise GateError(suite.missing)
