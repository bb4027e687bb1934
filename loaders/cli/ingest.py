"""Commands that put something into the warehouse, or decide on it."""

import csv
import dataclasses
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from loaders.cli.output import print_json, print_table, progress, short
from loaders.errors import LoadError, UsageError

JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WHY = Annotated[str, typer.Option("--why", help="The reason; kept in the ledger.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (seed, register, ingest, loads, rejects, accept, withdraw):
        app.command()(command)


def seed(
    weeks: Annotated[int, typer.Option(help="How many weeks of synthetic data.")] = 2,
    random_seed: Annotated[int, typer.Option(help="Another number gives other values.")] = 7,
    as_json: JSON = False,
) -> None:
    """Load synthetic measures of 27 nodes, hourly, with revisions; the same arguments give the same bytes."""
    from loaders.demo.seed_loader import load_seed

    with progress("rows") as advance:
        outcomes = load_seed(weeks, random_seed, advance)
    show_outcomes(outcomes, as_json)


def register(
    file: Annotated[Path, typer.Argument(help='YAML or CSV; see README, "Registering".')],
) -> None:
    """Register grids, regions, nodes, metrics and series; running it again changes only what differs."""
    from loaders.database.connection import connect
    from loaders.registry.definitions import read_description, register

    description = read_description(file)
    with connect() as connection:
        done = register(connection, description)
    typer.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged")


def ingest(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders or globs; one load per file.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="Name or description (.yml); `list`: all.")] = "long",
    source: Annotated[str | None, typer.Option(help="Who delivers, where the rows do not say.")] = None,
    metric: Annotated[str | None, typer.Option(help="Which metric to take, or the metric of all rows.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of times without an offset.")] = None,
    collected_at: Annotated[str | None, typer.Option(help="Knowledge time of all rows, with an offset.")] = None,
    map: Annotated[list[str] | None, typer.Option("--map", help="theirs=ours: another name for a column.")] = None,
    grid: Annotated[str | None, typer.Option(help="Grid of all rows.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of all rows.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of all values; converted to the metric's.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Length of all intervals, such as PT15M.")] = None,
    time_column: Annotated[str | None, typer.Option(help="wide: the column that starts the interval.")] = None,
    collected_at_column: Annotated[str | None, typer.Option(help="wide: the column of knowledge times.")] = None,
    collected_at_pattern: Annotated[
        str | None, typer.Option(help="Knowledge time in the file's name, such as forecast_%Y%m%d.")
    ] = None,
    decimal_char: Annotated[str | None, typer.Option(help="Decimal sign of a text file: . or ,")] = None,
    repeated_hours: Annotated[
        str | None, typer.Option(help="order: the file's order tells the hours apart that the clocks repeat.")
    ] = None,
    basis: Annotated[str | None, typer.Option(help="Of the knowledge time: published, observed or inferred.")] = None,
    create_missing: Annotated[bool, typer.Option(help="Register unknown grids, regions, nodes and series.")] = False,
    grid_time_zone: Annotated[str | None, typer.Option(help="IANA zone of grids registered now.")] = None,
    max_rejects: Annotated[str, typer.Option(help="N or P%: more rejected rows refuse the whole file.")] = "10%",
    jobs: Annotated[int, typer.Option(min=1, max=24, help="How many files to load at a time.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; store nothing.")] = False,
    as_json: JSON = False,
) -> None:
    """Load files, each wholly or not at all. A file that was loaded before is not loaded again."""
    from loaders.canonical.times import time_zone_named
    from loaders.files import find_files
    from loaders.formats import ReadOptions, format_named, formats
    from loaders.ingest.pipeline import IngestOptions, ingest_files

    if format == "list":
        for known in formats():
            typer.echo(f"{known.name:<26} {known.summary}")
        return
    format_named(format)
    if not paths:
        raise UsageError("Name at least one file, folder or glob to ingest.")
    if grid_time_zone:
        time_zone_named(grid_time_zone)
    read = ReadOptions(
        source=source,
        metric=metric,
        time_zone=time_zone,
        collected_at=_moment(collected_at),
        column_map=dict(_pair(text) for text in map or []),
        grid=grid,
        region=region,
        unit=unit,
        resolution=resolution,
        time_column=time_column,
        collected_at_column=collected_at_column,
        collected_at_pattern=collected_at_pattern,
        repeated_hours=repeated_hours,
        decimal_char=decimal_char,
    )
    options = IngestOptions(
        format=format,
        read=read,
        create_missing=create_missing,
        grid_time_zone=grid_time_zone,
        max_rejects=read_limit(max_rejects),
        dry_run=dry_run,
        collected_at_basis=basis,
    )
    try:
        with progress("rows") as advance:
            outcomes = ingest_files(find_files(paths), options, jobs, advance)
    except KeyboardInterrupt:
        said = "Interrupted. Each file is stored wholly or not at all; ingest them again to complete it."
        typer.echo(said, err=True)
        raise typer.Exit(130) from None
    show_outcomes(outcomes, as_json)
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(1)


def loads(
    status: Annotated[str | None, typer.Option(help="Only pending, accepted, held or withdrawn ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    as_json: JSON = False,
) -> None:
    """List the loads: what was delivered, and what counts."""
    from loaders.database.connection import connect
    from loaders.ledger import TRANSITIONS, entries

    if status is not None and status not in TRANSITIONS:
        raise UsageError(f"There is no status {status!r}; choose one of {', '.join(TRANSITIONS)}.")
    with connect() as connection:
        found = entries(connection, status, limit)
    if as_json:
        print_json([dataclasses.asdict(entry) for entry in found])
        return
    columns = [
        "load",
        "status",
        "source",
        "read",
        "inserted",
        "duplicate",
        "rejected",
        "loaded at (UTC)",
        "from",
        "why",
    ]
    rows = [
        [
            entry.load_id,
            entry.status,
            entry.source,
            entry.rows_read,
            entry.rows_inserted,
            entry.rows_duplicate,
            entry.rows_rejected,
            f"{entry.loaded_at:%Y-%m-%d %H:%M:%S}",
            short(entry.uri),
            entry.why,
        ]
        for entry in found
    ]
    print_table(columns, rows)


def rejects(
    load_id: int,
    export: Annotated[
        Path | None, typer.Option(help="Write them as a CSV that can be mended and ingested as long.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_json: JSON = False,
) -> None:
    """Show the rows of a load that could not be stored, and why."""
    from loaders.database.connection import connect
    from loaders.ledger import rejects as rejected

    with connect() as connection:
        found = rejected(connection, load_id, None if export or as_json else limit)
    if export:
        _write_rejects(export, found)
        typer.echo(f"{len(found)} rows written to {export}", err=True)
    elif as_json:
        print_json(found)
    else:
        rows = [[row["row_number"], row["reason"], json.dumps(row["payload"], ensure_ascii=False)] for row in found]
        print_table(["row", "reason", "content"], rows)


def accept(load_id: int, why: WHY) -> None:
    """Let a held, pending or withdrawn load count; the next build shows it."""
    _decide(load_id, "accepted", why)


def withdraw(load_id: int, why: WHY) -> None:
    """Take a load out of every mart; the next build shows the warehouse as if it had never come. Nothing is deleted."""
    _decide(load_id, "withdrawn", why)


def _decide(load_id: int, status: str, why: str) -> None:
    import getpass

    from loaders.database.connection import connect
    from loaders.ledger import set_status

    with connect() as connection:
        changed = set_status(connection, load_id, status, why, getpass.getuser())
    if changed:
        typer.echo(f"Load {load_id} is {status}; show it in the marts with: python -m loaders build")
    else:
        typer.echo(f"Load {load_id} was {status} already; nothing changed.")


def show_outcomes(outcomes: list[Any], as_json: bool) -> None:
    """Print what became of loads: a table or JSON to stdout, failures to stderr."""
    if as_json:
        print_json([_as_dict(outcome) for outcome in outcomes])
        return
    rows = [_row(outcome) for outcome in outcomes]
    print_table(["from", "load", "status", "read", "inserted", "duplicate", "rejected", "seconds", "remark"], rows)
    for outcome in outcomes:
        if outcome.error:
            typer.echo(f"error: {outcome.error}", err=True)


def _row(outcome: Any) -> list[Any]:
    name, seconds, result = short(outcome.name), f"{outcome.seconds:.1f}", outcome.result
    if result is None:
        return [name, "", "failed", "", "", "", "", seconds, "see below"]
    remark = "same content as this load" if result.already_stored else ""
    if outcome.verdict is not None and not outcome.verdict.passed:
        remark = ", ".join(failure.rule for failure in outcome.verdict.failures)
    return [
        name,
        result.load_id or "-",
        result.status,
        result.rows_read,
        result.rows_inserted,
        result.rows_duplicate,
        result.rows_rejected,
        seconds,
        remark,
    ]


def _as_dict(outcome: Any) -> dict[str, Any]:
    return {
        "from": outcome.name,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        **({} if outcome.result is None else dataclasses.asdict(outcome.result)),
        "failed_rules": [] if outcome.verdict is None else [failure.rule for failure in outcome.verdict.failures],
    }


def read_limit(text: str) -> float | int:
    """A number of rows (int) or a share (float); raises UsageError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text.strip())
    if not match or (not match[2] and "." in match[1]) or (match[2] and float(match[1]) > 100):
        raise UsageError(f"--max-rejects {text} is neither a number of rows nor a percentage such as 10%.")
    return float(match[1]) / 100 if match[2] else int(match[1])


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.partition("=")
    if not (theirs and equals and ours):
        raise UsageError(f"--map {text} is not of the form theirs=ours.")
    return theirs, ours


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--collected-at {text} is no time; write e.g. 2024-05-01T09:00:00Z.") from None


def _write_rejects(path: Path, found: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in found for name in row["payload"]))
    try:
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(row["payload"] for row in found)
    except OSError as error:
        raise LoadError(f"{path} cannot be written ({error.strerror}); choose another place.") from error
