"""A check's outcomes on the terminal: for people, and as JSON."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from loaders.gates.results import CheckReport, Outcome

if TYPE_CHECKING:
    from rich.console import Console


def render(report: CheckReport, console: "Console") -> None:
    """One table of all outcomes, then each failure with its reason and up to five rows."""
    from rich.table import Table

    table = Table(title=f"check {report.gate}", title_justify="left", expand=False)
    for column in ("", "expectation", "load or mart", "observed", "limit"):
        table.add_column(column, overflow="fold")
    for outcome in report.outcomes:
        mark = "[green]ok[/]" if outcome.passed else "[bold red]FAILED[/]"
        table.add_row(mark, *map(_plain, (outcome.name, outcome.scope, outcome.observed, outcome.limit)))
    console.print(table)
    for outcome in report.failures:
        _explain(outcome, console)
    for called, path in {"Report": report.page, "JUnit XML": report.junit, "Data Docs": report.data_docs}.items():
        if path:
            console.print(f"{called}: {path}", markup=False, highlight=False, soft_wrap=True)


def to_json(report: CheckReport) -> str:
    """One object: gate, checked_at, passed, outcomes, and the paths of what was written."""
    outcomes = [
        {"passed": outcome.passed, "observed": outcome.observed, "limit": outcome.limit, **asdict(outcome)}
        for outcome in report.outcomes
    ]
    return json.dumps({"passed": report.passed, **asdict(report), "outcomes": outcomes}, default=str)


def _explain(outcome: Outcome, console: "Console") -> None:
    console.print(f"{outcome.name}: {outcome.scope}", style="bold red", markup=False, highlight=False)
    console.print(outcome.detail, markup=False, highlight=False, soft_wrap=True)
    # A row a line: a table of a dozen columns would be cut to pieces on a narrow terminal.
    for row in outcome.rows:
        cells = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
        console.print(f"  - {cells}", markup=False, highlight=False, soft_wrap=True)


def _plain(value: object) -> str:
    from rich.markup import escape

    return "-" if value is None else escape(str(value))
