"""Commands that move months of revisions to Parquet files, and bring them back."""

from typing import Annotated

import typer

from loaders.cli.options import JsonOption
from loaders.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (archive, unarchive):
        app.command()(command)


def archive(
    before: Annotated[
        str | None, typer.Option(help="Archive the months before this one, such as 2024-01. Without it, list what is.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Move closed months of revisions to Parquet files. The newest value of each interval stays in the marts.

    As of, history and cut-offs are answered from both by the library and the HTTP service.
    """
    from loaders.archive.archived_months import parse_month, read_archived
    from loaders.cli.output import print_json, print_table
    from loaders.database.connection import connect

    if before is not None:
        from loaders.operations.archiving import archive as archive_months

        done = archive_months(parse_month(before), lambda line: typer.echo(line, err=True))
        typer.echo(f"{len(done)} months were archived." if done else "There was nothing to archive.", err=True)
    else:
        with connect() as connection:
            done = read_archived(connection)
    listed = [
        {
            "month": f"{month.month:%Y-%m}",
            "revisions": month.row_count,
            "bytes": month.file_bytes,
            "folder": str(month.path),
            "is_restored": month.restored_at is not None,
            "who": month.who,
            "archived_at": month.archived_at,
        }
        for month in done
    ]
    if as_json:
        print_json(listed)
    elif listed:
        print_table(list(listed[0]), [[str(value) for value in month.values()] for month in listed])


def unarchive(
    months: Annotated[list[str] | None, typer.Argument(help="Months such as 2023-11.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="All archived months.")] = False,
) -> None:
    """Bring archived months back into the database, and complete the marts with a build."""
    from loaders.archive.archived_months import name_months, parse_month
    from loaders.operations.archiving import unarchive as bring_months_back

    if every == bool(months):
        raise UsageError("Name the months to bring back, such as 2023-11, or pass --all.")
    parsed = None if every else [parse_month(month) for month in months or []]
    done = bring_months_back(parsed, lambda line: typer.echo(line, err=True))
    typer.echo(f"{name_months(done)} is in the tables again." if done else "No month is archived.", err=True)
