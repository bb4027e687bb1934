"""Commands that put data into the warehouse: ingest, pull, seed."""

import dataclasses
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loaders.cli.options import (
    Basis,
    Blanks,
    CreateMissingOption,
    DryRunOption,
    JsonOption,
    MaxRejectsOption,
    RepeatedHours,
    parse_max_rejects,
    parse_nonempty,
    parse_pairs,
    parse_time,
)
from loaders.cli.output import print_json, print_table, progress, shorten
from loaders.errors import UsageError

if TYPE_CHECKING:
    from loaders.ingest.pipeline import IngestResult

MEANING = "What the file does not tell"
COLUMNS = "Columns of the file"
REGISTER = "Names that are not registered"
RUN = "How the load runs"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (ingest, pull, seed):
        app.command()(command)


def ingest(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders or globs, - for stdin; one load per file.")
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format", "-f", help="Name or description (.yml); `auto` recognises it.", rich_help_panel=MEANING
        ),
    ] = "auto",
    source: Annotated[str | None, typer.Option(help="Who publishes the rows.", rich_help_panel=MEANING)] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric to read, or the metric of all rows.", rich_help_panel=MEANING)
    ] = None,
    grid: Annotated[str | None, typer.Option(help="Grid of all rows.", rich_help_panel=MEANING)] = None,
    region: Annotated[str | None, typer.Option(help="Region of all rows.", rich_help_panel=MEANING)] = None,
    node: Annotated[str | None, typer.Option(help="Node of all rows.", rich_help_panel=MEANING)] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of all values; converted to the metric's.", rich_help_panel=MEANING)
    ] = None,
    resolution: Annotated[
        str | None, typer.Option(help="Length of all intervals, such as PT15M.", rich_help_panel=MEANING)
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", "--zone", help="IANA zone of times without an offset.", rich_help_panel=MEANING),
    ] = None,
    decimal_char: Annotated[str | None, typer.Option(help="Decimal sign of a text file: . or ,")] = None,
    blanks: Annotated[
        Blanks | None,
        typer.Option(help="An empty value withdraws; by default it states nothing.", rich_help_panel=MEANING),
    ] = None,
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
        RepeatedHours | None,
        typer.Option(help="How to separate the hours that the clocks repeat.", rich_help_panel=MEANING),
    ] = None,
    collected_at: Annotated[
        str | None, typer.Option(help="Knowledge time of all rows.", rich_help_panel=MEANING)
    ] = None,
    collected_at_mtime: Annotated[
        bool,
        typer.Option("--collected-at-mtime", help="Knowledge time is the file's last change.", rich_help_panel=MEANING),
    ] = False,
    collected_at_zone: Annotated[
        str | None, typer.Option(help="IANA zone of knowledge times without an offset.", rich_help_panel=MEANING)
    ] = None,
    collected_at_pattern: Annotated[
        str | None,
        typer.Option(help="Knowledge time in the file name, such as forecast_%Y%m%d.", rich_help_panel=MEANING),
    ] = None,
    basis: Annotated[
        Basis | None, typer.Option(help="How the knowledge time is known.", rich_help_panel=MEANING)
    ] = None,
    map: Annotated[
        list[str] | None, typer.Option("--map", help="theirs=ours: another column name.", rich_help_panel=COLUMNS)
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A column to leave out.", rich_help_panel=COLUMNS)] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Format wide: start of the interval.", rich_help_panel=COLUMNS)
    ] = None,
    collected_at_column: Annotated[
        str | None, typer.Option(help="Format wide: knowledge time.", rich_help_panel=COLUMNS)
    ] = None,
    create_missing: Annotated[
        bool, typer.Option(help="Register unknown names; metrics if their unit is known.", rich_help_panel=REGISTER)
    ] = False,
    grid_time_zone: Annotated[
        str | None, typer.Option(help="IANA zone of the grids registered now.", rich_help_panel=REGISTER)
    ] = None,
    max_rejects: Annotated[
        str, typer.Option(help="N or P%: the most rejected rows of a file.", rich_help_panel=RUN)
    ] = "10%",
    jobs: Annotated[int, typer.Option(min=1, max=24, help="Files to load at a time.", rich_help_panel=RUN)] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen. Nothing is stored.", rich_help_panel=RUN)
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.", rich_help_panel=RUN)] = False,
) -> None:
    """Load files, each completely or not at all. A file that was loaded before is not loaded again."""
    from loaders.canonical.times import time_zone_named
    from loaders.files import find_files, saved_input
    from loaders.formats import AUTO, ReadOptions, format_named
    from loaders.ingest.pipeline import IngestOptions, ingest_files

    if format == "list":
        _list_formats()
        return
    if format != AUTO:
        format_named(format)
    if not paths:
        raise UsageError("There is nothing to ingest. Name at least one file, folder or glob.")
    if grid_time_zone:
        time_zone_named(grid_time_zone)
    read = ReadOptions(
        source=source,
        metric=metric,
        time_zone=time_zone,
        collected_at=parse_time("--collected-at", collected_at, collected_at_zone),
        collected_at_zone=collected_at_zone,
        collected_at_mtime=collected_at_mtime,
        column_map=parse_pairs("--map", map, parse_nonempty),
        grid=grid,
        region=region,
        node=node,
        unit=unit,
        resolution=resolution,
        time_column=time_column,
        collected_at_column=collected_at_column,
        collected_at_pattern=collected_at_pattern,
        repeated_hours=repeated_hours,
        decimal_char=decimal_char,
        blanks=blanks,
        totals=tuple(total or ()),
        missing=tuple(missing or ()),
        valid=tuple(valid or ()),
        ignore=tuple(ignore or ()),
    )
    options = IngestOptions(
        format=format,
        read=read,
        create_missing=create_missing,
        grid_time_zone=grid_time_zone,
        max_rejects=parse_max_rejects(max_rejects),
        dry_run=dry_run,
        collected_at_basis=basis,
    )
    try:
        with progress("rows") as advance, ExitStack() as temporary:
            named = [
                str(temporary.enter_context(saved_input(sys.stdin.buffer))) if path == "-" else path for path in paths
            ]
            results = ingest_files(find_files(named), options, jobs, advance)
    except KeyboardInterrupt:
        message = "Interrupted. Each file is stored completely or not at all. Ingest them again to load the others."
        typer.echo(message, err=True)
        raise typer.Exit(130) from None
    _finish(results, as_json)


def pull(
    iso: Annotated[str, typer.Argument(help="The market: CAISO, ERCOT, ISONE, MISO, NYISO, PJM, SPP …")],
    dataset: Annotated[str, typer.Argument(help="load, load_forecast, lmp_day_ahead_hourly …: get_DATASET there.")],
    start: Annotated[str, typer.Option(help="First day or time, ISO 8601.")],
    end: Annotated[str | None, typer.Option(help="Day or time to stop before. By default one day is loaded.")] = None,
    source: Annotated[str, typer.Option(help="Who publishes the rows.")] = "gridstatus",
    metric: Annotated[str | None, typer.Option(help="The metric of a table whose columns are all zones.")] = None,
    resolution: Annotated[str | None, typer.Option(help="If the table has no Interval End, such as PT5M.")] = None,
    create_missing: CreateMissingOption = False,
    max_rejects: MaxRejectsOption = "10%",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch a dataset through the gridstatus library, if it is installed, and load it as one load."""
    from loaders.ingest.gridstatus_fetch import pull as fetch_and_load

    result = fetch_and_load(
        iso,
        dataset,
        start,
        end,
        source=source,
        metric=metric,
        resolution=resolution,
        create_missing=create_missing,
        max_rejects=parse_max_rejects(max_rejects),
        dry_run=dry_run,
    )
    _finish([result], as_json)


def seed(
    weeks: Annotated[int, typer.Option(help="How many weeks of synthetic data.")] = 2,
    random_seed: Annotated[int, typer.Option(help="Another number gives other values.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Load synthetic measures of 27 nodes, hourly, with revisions. The same arguments give the same bytes."""
    from loaders.demo.seed_loader import load_seed

    with progress("rows") as advance:
        results = load_seed(weeks, random_seed, advance)
    _finish(results, as_json)


def _list_formats() -> None:
    from loaders.formats import formats

    for file_format in formats():
        typer.echo(f"{file_format.name:<26} {file_format.summary}")


def _finish(results: "list[IngestResult]", as_json: bool) -> None:
    """Print the results of loads: a table or JSON to stdout, failures to stderr. Exits 1 when one failed."""
    if as_json:
        print_json([_as_dict(result) for result in results])
    else:
        columns = ["from", "load", "status", "read", "inserted", "duplicate", "blank", "rejected", "seconds", "remark"]
        print_table(columns, [_row(result) for result in results])
        for result in results:
            _report(result)
        loads = [result.result for result in results if result.result is not None]
        if any(load.status == "accepted" and not load.already_stored for load in loads):
            typer.echo("Show it in the marts with: warehouse build", err=True)
    if any(result.failed for result in results):
        raise typer.Exit(1)


def _report(outcome: "IngestResult") -> None:
    """Print a file's error, or why some of its rows were rejected, to stderr."""
    if outcome.error:
        typer.echo(f"error: {outcome.error}", err=True)
    elif outcome.result is not None:
        for reject in outcome.result.rejects:
            typer.echo(f"{outcome.name}: rejected {reject}", err=True)
        if outcome.result.rejects and outcome.result.load_id:
            typer.echo(f"{outcome.name}: see them all with: warehouse rejects {outcome.result.load_id}", err=True)


def _row(outcome: "IngestResult") -> list[Any]:
    name, seconds, result = shorten(outcome.name), f"{outcome.seconds:.1f}", outcome.result
    if result is None:
        return [name, "", "failed", "", "", "", "", "", seconds, "see below"]
    remark = "same content as this load" if result.already_stored else ""
    if outcome.verdict is not None and not outcome.verdict.passed:
        remark = ", ".join(failure.rule for failure in outcome.verdict.failures)
    rows = [result.rows_read, result.rows_inserted, result.rows_duplicate, result.rows_blank, result.rows_rejected]
    return [name, result.load_id or "-", result.status, *rows, seconds, remark]


def _as_dict(outcome: "IngestResult") -> dict[str, Any]:
    return {
        "from": outcome.name,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        **({} if outcome.result is None else dataclasses.asdict(outcome.result)),
        "failed_rules": [] if outcome.verdict is None else [failure.rule for failure in outcome.verdict.failures],
    }
