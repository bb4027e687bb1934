"""What a check found, in words and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg.types.json import Jsonb

from loaders.database.connection import connect
from loaders.database.logins import TRANSFORMER
from loaders.errors import GateError

MOST_ROWS = 5


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold. query: SQL that returns the rows which break it, {batch} being the suite's relation.

    The query may give a column `finding` (a sentence) and a column `examples` (a JSON array of objects, shown as the
    rows). counted: what the query's rows are; remedy: the next step when it fails.
    """

    name: str
    scope: str
    query: str
    counted: str
    remedy: str


@dataclass(frozen=True)
class Suite:
    """Expectations on one relation, schema.name; `needs` are the relations without which they cannot be asked."""

    name: str
    relation: str
    expectations: tuple[Expectation, ...]
    needs: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Outcome:
    """name: the expectation in plain words; scope: a load or a mart; found: how many of what `counted` names break it;
    rows: up to five of them; detail: why, and what to do."""

    name: str
    scope: str
    found: int
    counted: str
    rows: list[dict] = field(default_factory=list)
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing breaks it."""
        return self.found == 0

    @property
    def observed(self) -> str:
        """What was found, in words."""
        return f"{self.found:,} {self.counted}"

    @property
    def limit(self) -> str:
        """What may be found, in words."""
        return f"0 {self.counted}"


@dataclass(frozen=True)
class CheckReport:
    """All outcomes of one gate. error: why it could not be asked, then there are none.

    data_docs, page, junit: paths of Great Expectations' pages, of one page that needs no net, and of the XML for CI.
    """

    gate: str
    outcomes: list[Outcome]
    data_docs: str = ""
    page: str = ""
    junit: str = ""
    error: str = ""
    checked_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def passed(self) -> bool:
        """Whether every expectation was asked, and held."""
        return not self.error and all(outcome.passed for outcome in self.outcomes)

    @property
    def failures(self) -> list[Outcome]:
        """The expectations that did not hold."""
        return [outcome for outcome in self.outcomes if not outcome.passed]


def outcome_of(expectation: Expectation, found: int, rows: list[Mapping]) -> Outcome:
    """found: how many rows break the expectation; rows: the first of them."""
    if not found:
        return Outcome(expectation.name, expectation.scope, 0, expectation.counted)
    findings = list(dict.fromkeys(row["finding"] for row in rows if row.get("finding")))
    more = [f"and {found - len(rows)} more"] if found > len(rows) else []
    detail = ". ".join(part for part in ("; ".join([*findings, *more]), expectation.remedy) if part)
    return Outcome(expectation.name, _scope(expectation, rows), found, expectation.counted, _shown(rows), detail)


def _scope(expectation: Expectation, rows: list[Mapping]) -> str:
    """Expectations about loads name those that break them."""
    loads = sorted({row["load_id"] for row in rows if row.get("load_id") is not None})
    if expectation.scope != "loads" or not loads:
        return expectation.scope
    return ("load " if len(loads) == 1 else "loads ") + ", ".join(map(str, loads))


def _shown(rows: list[Mapping]) -> list[dict]:
    """The first example of each row, then the second of each, and so on."""
    numbered = [
        (number, {**{name: value for name, value in row.items() if name not in ("finding", "examples")}, **example})
        for row in rows
        for number, example in enumerate(row.get("examples") or [{}])
    ]
    return [row for _, row in sorted(numbered, key=lambda pair: pair[0])][:MOST_ROWS]


KEPT = """
insert into raw.check_results (checked_at, gate, expectation, scope, observed, counted, passed, detail, examples)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def keep(report: CheckReport) -> None:
    """Store one row for each outcome, all or none. Raises GateError where the schema has no place for them."""
    rows = [
        (
            report.checked_at, report.gate, outcome.name, outcome.scope, outcome.found, outcome.counted, outcome.passed,
            outcome.detail, Jsonb(outcome.rows),
        )
        for outcome in report.outcomes
    ]  # fmt: skip
    try:
        with connect(TRANSFORMER) as connection, connection.cursor() as cursor:
            cursor.executemany(KEPT, rows)
    except psycopg.errors.UndefinedTable as error:
        raise GateError("Schema raw is not up to date; run: python -m loaders db start") from error
