"""Show the results of a check in the terminal, and as JSON."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from loaders.gates.results import CheckResult, ExpectationResult

if TYPE_CHECKING:
    from rich.console import Console


def print_check(check: CheckResult, console: "Console") -> None:
    """Print one table of all results, each failure with its reason and up to five rows, and what was not checked."""
    from rich.table import Table

    table = Table(title=f"check {check.gate}", title_justify="left", expand=False)
    for column in ("", "expectation", "load or mart", "observed", "limit"):
        table.add_column(column, overflow="fold")
    for outcome in check.outcomes:
        mark = "[green]ok[/]" if outcome.passed else "[bold red]FAILED[/]"
        table.add_row(mark, *map(_plain, (outcome.name, outcome.scope, outcome.observed, outcome.limit)))
    console.print(table)
    for outcome in check.failures:
        _print_failure(outcome, console)
    for note in check.notes:
        _print_line(f"not checked: {note}", console)
    for name, path in {"Report": check.page, "JUnit XML": check.junit, "Data Docs": check.data_docs}.items():
        if path:
            _print_line(f"{name}: {path}", console)


def to_json(check: CheckResult) -> str:
    """Return one object: gate, checked_at, passed, outcomes, notes, and the paths of what was written."""
    outcomes = [
        {"passed": outcome.passed, "observed": outcome.observed, "limit": outcome.limit, **asdict(outcome)}
        for outcome in check.outcomes
    ]
    return json.dumps({"passed": check.passed, **asdict(check), "outcomes": outcomes}, default=str)


def _print_failure(outcome: ExpectationResult, console: "Console") -> None:
    _print_line(f"{outcome.name}: {outcome.scope}", console, style="bold red")
    _print_line(outcome.detail, console)
    # One line per row: a table of a dozen columns would be cut to pieces on a narrow terminal.
    for row in outcome.rows:
        cells = ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
        _print_line(f"  - {cells}", console)


def _print_line(text: str, console: "Console", style: str | None = None) -> None:
    console.print(_printable(text), style=style, markup=False, highlight=False, soft_wrap=True)


def _plain(value: object) -> str:
    from rich.markup import escape

    return "-" if value is None else escape(_printable(str(value)))


def _printable(text: str) -> str:
    """Replace control characters, by which a name could move the cursor or change the title of the window."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
