"""The command that shows what would be read from a file."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.cli.load_options import FormatOption, takes_read_options
from loaders.cli.options import JsonOption
from loaders.cli.output import print_json, print_table
from loaders.errors import LoadError

if TYPE_CHECKING:
    from loaders.formats import ReadOptions
    from loaders.ingest.inspection import Inspection


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(inspect)


@takes_read_options
def inspect(
    path: Annotated[Path, typer.Argument(help="The file to look at.")],
    format: FormatOption = "auto",
    write: Annotated[Path | None, typer.Option(help="Write a description to start from.")] = None,
    as_json: JsonOption = False,
    *,
    options: "ReadOptions",
) -> None:
    """Show what would be read from a file, and what is unclear. Nothing is stored; no database is needed."""
    from loaders.ingest.inspection import inspect_file

    inspection = inspect_file(path, format, options)
    if as_json:
        print_json(dataclasses.asdict(inspection))
    else:
        _print(inspection)
    if write is not None:
        _write_draft(write, path, options)
    elif inspection.error:
        raise typer.Exit(1)


def _write_draft(target: Path, path: Path, options: "ReadOptions") -> None:
    from loaders.files import atomic_write
    from loaders.ingest.description_draft import draft_description
    from loaders.ingest.file_header import read_header

    if target.exists():
        raise LoadError(f"{target} exists already. Choose another file.")
    atomic_write(target, draft_description(read_header(path), path, options))
    typer.echo(f"A description to start from is in {target}. Use it with: --format {target}", err=True)


def _print(inspection: "Inspection") -> None:
    if inspection.format:
        typer.echo(f"{inspection.name}: format {inspection.format} ({inspection.why})\n")
    if inspection.columns:
        print_table(["column", "read as"], [[name, role or "-"] for name, role in inspection.columns.items()])
    if inspection.facts:
        rows = ", ".join(f"{count} {name}" for name, count in inspection.rows.items())
        print_table(["", "what would be stored"], [["rows", rows], *map(list, inspection.facts.items())])
    if inspection.series:
        print_table(list(inspection.series[0]), [[value or "" for value in row.values()] for row in inspection.series])
    for title, rows_shown in (
        ("first rows", inspection.first),
        ("last rows", inspection.last),
        ("rows around a clock change", inspection.clock_changes),
    ):
        if rows_shown:
            typer.echo(f"{title}:")
            print_table(list(rows_shown[0]), [list(row.values()) for row in rows_shown])
    for reason, example in inspection.rejected.items():
        typer.echo(f"rejected: {reason} ({inspection.rows[reason]}), {example}")
    for notice in inspection.notices:
        typer.echo(f"notice: {notice}")
    for item in inspection.unclear:
        typer.echo(f"unclear: {item.what}. Settle it with {item.option}")
    if inspection.error:
        typer.echo(f"error: {inspection.error}", err=True)
