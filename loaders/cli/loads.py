"""Commands about loads: list them, show their rejected rows, and decide on them."""

import dataclasses
import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from loaders.cli.options import JsonOption, LoadIdArgument, LoadStatus, WhyOption
from loaders.cli.output import print_json, print_table, shorten


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (loads, rejects, accept, withdraw):
        app.command()(command)


def loads(
    status: Annotated[LoadStatus | None, typer.Option(help="Show only loads of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the loads: what was delivered, and what counts."""
    from loaders.database.connection import connect
    from loaders.ledger import entries

    with connect() as connection:
        newest = entries(connection, status, limit)
    if as_json:
        print_json([dataclasses.asdict(entry) for entry in newest])
        return
    columns = ["load", "status", "source", "read", "inserted", "duplicate", "blank", "rejected"]
    rows = [
        [
            entry.load_id,
            entry.status,
            entry.source,
            entry.rows_read,
            entry.rows_inserted,
            entry.rows_duplicate,
            entry.rows_blank,
            entry.rows_rejected,
            f"{entry.loaded_at:%Y-%m-%d %H:%M:%S}",
            shorten(entry.uri),
            entry.why,
        ]
        for entry in newest
    ]
    print_table([*columns, "loaded at (UTC)", "from", "why"], rows)


def rejects(
    load_id: LoadIdArgument,
    export: Annotated[
        Path | None, typer.Option(help="Write the rows as a CSV file that can be fixed and ingested as long.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --export: replace a file that exists.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the rows of a load that could not be stored, and why."""
    from loaders.cli.rejects_file import write_rejects
    from loaders.database.connection import connect
    from loaders.ledger import rejects as rejected_rows

    with connect() as connection:
        rows = rejected_rows(connection, load_id, None if export or as_json else limit)
    if export:
        write_rejects(export, rows, replace=force)
        typer.echo(f"{len(rows)} rows written to {export}", err=True)
        if any("value" in row["payload"] and row["payload"]["value"] is None for row in rows):
            typer.echo("Rows without a value withdraw it. Ingest the file with --blanks withdrawn.", err=True)
    elif as_json:
        print_json(rows)
    else:
        cells = [[row["row_number"], row["reason"], json.dumps(row["payload"], ensure_ascii=False)] for row in rows]
        print_table(["row", "reason", "content"], cells)


def accept(load_id: LoadIdArgument, why: WhyOption) -> None:
    """Let a held, pending or withdrawn load count. The next build shows it."""
    _decide(load_id, "accepted", why)


def withdraw(load_id: LoadIdArgument, why: WhyOption) -> None:
    """Remove a load from every mart. The next build shows the warehouse without it. Nothing is deleted."""
    _decide(load_id, "withdrawn", why)


def _decide(load_id: int, status: str, why: str) -> None:
    from loaders.database.connection import connect
    from loaders.ledger import set_status

    with connect() as connection:
        changed = set_status(connection, load_id, status, why, getpass.getuser())
    if changed:
        typer.echo(f"Load {load_id} is {status}. Show it in the marts with: warehouse build")
    else:
        typer.echo(f"Load {load_id} is already {status}. Nothing was changed.")
