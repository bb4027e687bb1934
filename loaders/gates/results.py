"""What a check expects, what it found, and how its results are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.errors import GateError
from loaders.gates.json_values import json_value
from loaders.gates.load_gate import name_loads

MOST_ROWS = 5
NOT_SHOWN = ("finding", "examples")


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One thing that must hold. relation: schema.name that it is about; scope: a mart, or `loads` to name the loads.

    counted: what the failures are; remedy: the next step when it fails. on_one_server: its query goes from row to row
    in ways that Citus refuses, so it is left out, with a note, where the tables are distributed.
    """

    name: str
    relation: str
    scope: str
    counted: str
    remedy: str
    on_one_server: bool = False


@dataclass(frozen=True, kw_only=True)
class SqlExpectation(Expectation):
    """Holds when its query returns no rows.

    The query may have a column `finding` (a sentence) and a column `examples` (a JSON array of objects, shown as the
    rows).
    """

    query: str


@dataclass(frozen=True, kw_only=True)
class StandardExpectation(Expectation):
    """An expectation that Great Expectations has itself, by the name of its class and its arguments."""

    expectation: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """The expectations of one check.

    login: who evaluates them and stores the results. needs: relations without which they cannot be evaluated; missing:
    what then.
    """

    name: str
    login: str
    expectations: tuple[SqlExpectation | StandardExpectation, ...]
    needs: tuple[str, ...]
    missing: str


@dataclass(frozen=True)
class ExpectationResult:
    """name: the expectation in plain words; scope: a load or a mart; failed_count: how many of what `counted` names
    break it; rows: up to five of them; detail: why, and what to do."""

    name: str
    scope: str
    failed_count: int
    counted: str
    rows: list[dict] = field(default_factory=list)
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing breaks it."""
        return self.failed_count == 0

    @property
    def observed(self) -> str:
        """How many break it, for people."""
        return f"{self.failed_count:,} {self.counted}"

    @property
    def limit(self) -> str:
        """How many may break it, for people."""
        return f"0 {self.counted}"


@dataclass(frozen=True)
class CheckResult:
    """All results of one check. error: why it could not run; then there are none. notes: what was not checked.

    data_docs, page, junit: paths of Great Expectations' pages, of one page that needs no network, and of the XML.
    """

    gate: str
    outcomes: list[ExpectationResult]
    data_docs: str = ""
    page: str = ""
    junit: str = ""
    error: str = ""
    notes: list[str] = field(default_factory=list)
    checked_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def passed(self) -> bool:
        """Whether every expectation was evaluated, and holds."""
        return not self.error and all(outcome.passed for outcome in self.outcomes)

    @property
    def failures(self) -> list[ExpectationResult]:
        """The expectations that do not hold."""
        return [outcome for outcome in self.outcomes if not outcome.passed]


def make_result(expectation: Expectation, failed_count: int, rows: Sequence[Mapping[str, Any]]) -> ExpectationResult:
    """Return the result of an expectation. failed_count: how many rows break it; rows: the first of them."""
    if not failed_count:
        return ExpectationResult(expectation.name, expectation.scope, 0, expectation.counted)
    findings = list(dict.fromkeys(row["finding"] for row in rows if row.get("finding")))
    more = [f"and {failed_count - len(rows)} more"] if failed_count > len(rows) else []
    detail = ". ".join(part for part in ("; ".join([*findings, *more]), expectation.remedy) if part)
    scope = _scope(expectation, rows)
    return ExpectationResult(expectation.name, scope, failed_count, expectation.counted, _examples(rows), detail)


def save_results(check: CheckResult, login: str) -> None:
    """Store one row for each expectation, all or none. Raises GateError where the schema is not up to date."""
    rows = [
        {
            "checked_at": check.checked_at,
            "gate": check.gate,
            "expectation": outcome.name,
            "scope": outcome.scope,
            "observed": outcome.failed_count,
            "counted": outcome.counted,
            "passed": outcome.passed,
            "detail": outcome.detail,
            "examples": Jsonb(outcome.rows),
        }
        for outcome in check.outcomes
    ]
    try:
        with connect(login) as connection, connection.cursor() as cursor:
            cursor.executemany(read_sql("loaders.gates", "insert_check_result"), rows)
    except psycopg.errors.UndefinedTable as error:
        raise GateError("Schema raw is not up to date. Run: warehouse db start") from error


def _scope(expectation: Expectation, rows: Sequence[Mapping[str, Any]]) -> str:
    """Expectations about loads name those that break them."""
    loads = sorted({row["load_id"] for row in rows if row.get("load_id") is not None})
    return name_loads(loads) if expectation.scope == "loads" and loads else expectation.scope


def _examples(rows: Sequence[Mapping[str, Any]]) -> list[dict]:
    """Return the first example of each row, then the second of each, and so on."""
    numbered = [
        (
            number,
            {
                **{name: json_value(value) for name, value in row.items() if name not in ("finding", "examples")},
                **example,
            },
        )
        for row in rows
        for number, example in enumerate(row.get("examples") or [{}])
    ]
    return [row for _, row in sorted(numbered, key=lambda pair: pair[0])][:MOST_ROWS]
