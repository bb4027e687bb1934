"""Print results: tables and JSON to stdout, progress to stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console


def shorten(text: str, most: int = 48) -> str:
    """Return the end of a long text: of a path, the part that differs between files."""
    return text if len(text) <= most else "…" + text[1 - most :]


def print_json(value: Any) -> None:
    """Print any value as JSON; times as ISO text."""
    typer.echo(json.dumps(value, default=str, ensure_ascii=False, indent=2))


def print_table(columns: list[str], rows: list[list[Any]]) -> None:
    """Print a plain table, numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        is_number = bool(rows) and all(isinstance(row[columns.index(column)], int) for row in rows)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) and cell > 9999 else str(cell)) for cell in row))
    stdout_console().print(table)


def stdout_console() -> "Console":
    """Return the console of stdout. If it is not a terminal, lines are not wrapped."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 400, highlight=False)


@contextmanager
def progress(unit: str) -> Iterator[Any]:
    """Show count and rate on stderr; yields the function that advances them."""
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Rows so far, and rows a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.completed:,.0f} {unit}  {task.finished_speed or task.speed or 0:,.0f} {unit}/s")

    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(), TextColumn("loading"), Rate(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("loading", total=None)
        yield lambda rows: bar.update(task, advance=rows)
