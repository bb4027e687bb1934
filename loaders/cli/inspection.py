"""The command that shows what would be read from a file."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.cli.load_options import COLUMNS, MEANING
from loaders.cli.options import Blanks, JsonOption, RepeatedHours, parse_nonempty, parse_pairs, parse_time
from loaders.cli.output import print_json, print_table
from loaders.errors import LoadError

if TYPE_CHECKING:
    from loaders.formats import ReadOptions
    from loaders.ingest.inspection import Inspection

Text = str | None


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(inspect)


def inspect(
    path: Annotated[Path, typer.Argument(help="The file to look at.")],
    format: Annotated[
        str, typer.Option("--format", "-f", help="Name or description (.yml); `auto` recognises it.")
    ] = "auto",
    source: Annotated[Text, typer.Option(help="Who publishes the rows.", rich_help_panel=MEANING)] = None,
    metric: Annotated[Text, typer.Option(help="The metric of all rows.", rich_help_panel=MEANING)] = None,
    grid: Annotated[Text, typer.Option(help="Grid of all rows.", rich_help_panel=MEANING)] = None,
    region: Annotated[Text, typer.Option(help="Region of all rows.", rich_help_panel=MEANING)] = None,
    node: Annotated[Text, typer.Option(help="Node of all rows.", rich_help_panel=MEANING)] = None,
    unit: Annotated[Text, typer.Option(help="Unit of all values.", rich_help_panel=MEANING)] = None,
    resolution: Annotated[Text, typer.Option(help="Length of all intervals.", rich_help_panel=MEANING)] = None,
    time_zone: Annotated[
        Text,
        typer.Option("--time-zone", "--zone", help="IANA zone of times without an offset.", rich_help_panel=MEANING),
    ] = None,
    decimal_char: Annotated[Text, typer.Option(help="Decimal sign: . or ,", rich_help_panel=MEANING)] = None,
    blanks: Annotated[Blanks | None, typer.Option(help="An empty value withdraws.", rich_help_panel=MEANING)] = None,
    total: Annotated[
        list[str] | None,
        typer.Option(help="A node that is the sum of others; its rows are left out.", rich_help_panel=MEANING),
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option(help="A text or number without a value, such as -999.", rich_help_panel=MEANING)
    ] = None,
    valid: Annotated[
        list[str] | None,
        typer.Option(help="A number like 99999 that is a value, not missing.", rich_help_panel=MEANING),
    ] = None,
    repeated_hours: Annotated[
        RepeatedHours | None, typer.Option(help="How to separate repeated hours.", rich_help_panel=MEANING)
    ] = None,
    collected_at: Annotated[Text, typer.Option(help="Knowledge time of all rows.", rich_help_panel=MEANING)] = None,
    collected_at_zone: Annotated[
        Text, typer.Option(help="IANA zone of knowledge times without an offset.", rich_help_panel=MEANING)
    ] = None,
    map: Annotated[
        list[str] | None, typer.Option("--map", help="theirs=ours: another column name.", rich_help_panel=COLUMNS)
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A column to leave out.", rich_help_panel=COLUMNS)] = None,
    time_column: Annotated[Text, typer.Option(help="Format wide: start.", rich_help_panel=COLUMNS)] = None,
    write: Annotated[Path | None, typer.Option(help="Write a description to start from.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would be read from a file, and what is unclear. Nothing is stored; no database is needed."""
    from loaders.formats import ReadOptions
    from loaders.ingest.inspection import inspect_file

    options = ReadOptions(
        source=source,
        metric=metric,
        grid=grid,
        region=region,
        node=node,
        unit=unit,
        resolution=resolution,
        time_zone=time_zone,
        decimal_char=decimal_char,
        blanks=blanks,
        totals=tuple(total or ()),
        missing=tuple(missing or ()),
        valid=tuple(valid or ()),
        repeated_hours=repeated_hours,
        collected_at=parse_time("--collected-at", collected_at, collected_at_zone),
        collected_at_zone=collected_at_zone,
        column_map=parse_pairs("--map", map, parse_nonempty),
        ignore=tuple(ignore or ()),
        time_column=time_column,
    )
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
