"""The two gates of the command line: of the loads before a build, and of the marts after it."""

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from loaders.database.connection import connect
from loaders.errors import GateError
from loaders.gates.outputs.html import to_page
from loaders.gates.outputs.junit import to_junit
from loaders.gates.outputs.webhook import alert
from loaders.gates.results import CheckReport, Suite, keep
from loaders.gates.rules import RULES_FILE, Rules, read_rules
from loaders.gates.suites.marts import MARTS
from loaders.gates.suites.raw import RAW
from loaders.settings import PROJECT_ROOT

REPORTS = PROJECT_ROOT / "reports"


def check_raw(reports: Path | None = None) -> CheckReport:
    """The gate of the loads. Writes check_raw.html, junit/check_raw.xml and data_docs/raw below `reports`, keeps the
    results in raw.check_results, and alerts when it fails. Raises GateError when it cannot run."""
    return _check(RAW, reports or REPORTS)


def check_marts(reports: Path | None = None) -> CheckReport:
    """The gate of the marts; as check_raw, with files named after it."""
    return _check(MARTS, reports or REPORTS)


def _check(suite: Suite, folder: Path) -> CheckReport:
    try:
        report = _ask(suite, folder)
        _write(report)
        keep(report)
    except GateError as fault:
        _tell_that_it_broke(suite, folder, fault)
        raise
    except Exception as error:  # whatever it is, nothing passes
        said = " ".join((str(error) or type(error).__name__).split()).rstrip(".")
        fault = GateError(f"The {suite.name} gate cannot run: {said}.")
        _tell_that_it_broke(suite, folder, fault)
        raise fault from error
    alert(report)
    return report


def _ask(suite: Suite, folder: Path) -> CheckReport:
    rules = read_rules(RULES_FILE)
    with _open(rules) as connection:
        _require(connection, suite)
    # Only now: what follows takes seconds to import.
    from loaders.gates.gx_adapter import run_suite

    report = run_suite(suite, lambda: _open(rules), folder / "data_docs" / suite.name)
    return replace(report, **_paths(suite, folder))


def _paths(suite: Suite, folder: Path) -> dict[str, str]:
    name = f"check_{suite.name}"
    return {"page": str(folder / f"{name}.html"), "junit": str(folder / "junit" / f"{name}.xml")}


def _write(report: CheckReport) -> None:
    for path, text in ((Path(report.page), to_page(report)), (Path(report.junit), to_junit(report))):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # In place of the last one at once, so that nobody reads half a page.
            unfinished = path.with_name(f".{path.name}.{os.getpid()}")
            unfinished.write_text(text, encoding="utf-8", errors="replace")
            unfinished.replace(path)
        except OSError as error:
            raise GateError(f"The report {path} cannot be written ({error.strerror}); make room there.") from error


def _tell_that_it_broke(suite: Suite, folder: Path, fault: GateError) -> None:
    """The files of the last run say that all was well, so they must not stay."""
    report = CheckReport(suite.name, [], error=str(fault), **_paths(suite, folder))
    with contextlib.suppress(GateError):
        _write(report)
    alert(report)


def _open(rules: Rules) -> psycopg.Connection[Any]:
    """A connection that cannot write. What queries need of the rules goes with it as a setting, as they take no
    parameters."""
    connection = connect("warehouse_transformer")
    for name, value in {
        "warehouse.rules": json.dumps(rules.for_queries()),
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
