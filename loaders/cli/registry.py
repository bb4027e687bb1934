"""Commands that change by hand what people look at: names and places, and single values."""

import dataclasses
import getpass
from typing import Annotated

import typer

from loaders.cli.ingest import JSON
from loaders.cli.output import print_json
from loaders.errors import UsageError

KIND = Annotated[str, typer.Argument(help="node, region or grid.")]
WHY = Annotated[str, typer.Option("--why", help="The reason; kept with your name and the time.")]
GRID = Annotated[str | None, typer.Option(help="The grid it is in.")]
REGION = Annotated[str | None, typer.Option(help="The region it is in.")]
SHOW = "show it in the marts with: python -m loaders build"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (add, rename, move, correct):
        app.command()(command)


def add(
    kind: KIND,
    name: str,
    why: WHY,
    grid: GRID = None,
    region: REGION = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of a new grid.")] = None,
) -> None:
    """Register one node, region or grid; `register` does many at a time."""
    from loaders.database.connection import connect
    from loaders.registry import edits as hierarchy

    with connect() as connection:
        change = hierarchy.add(
            connection, kind, name, why=why, grid=grid, region=region, time_zone=time_zone, who=getpass.getuser()
        )
    _tell(change.sentence, change.changed)


def rename(kind: KIND, name: str, new_name: str, why: WHY, grid: GRID = None, region: REGION = None) -> None:
    """Give a node, region or grid another name. Files must use it from now on; measures stay where they are."""
    from loaders.database.connection import connect
    from loaders.registry import edits as hierarchy

    with connect() as connection:
        change = hierarchy.rename(
            connection, kind, name, new_name, why=why, grid=grid, region=region, who=getpass.getuser()
        )
    _tell(change.sentence, change.changed)


def move(
    kind: Annotated[str, typer.Argument(help="node or region.")],
    name: str,
    why: WHY,
    grid: GRID = None,
    region: REGION = None,
    to_grid: Annotated[str | None, typer.Option(help="The grid to move to.")] = None,
    to_region: Annotated[str | None, typer.Option(help="The region to move a node to.")] = None,
) -> None:
    """Put a node into another region, or a region into another grid. It counts there from the next build on."""
    from loaders.database.connection import connect
    from loaders.registry import edits as hierarchy

    where = {"grid": grid, "region": region, "to_grid": to_grid, "to_region": to_region}
    with connect() as connection:
        change = hierarchy.move(connection, kind, name, why=why, who=getpass.getuser(), **where)
    _tell(change.sentence, change.changed)


def correct(
    values: Annotated[list[str], typer.Argument(help="INTERVAL=VALUE, such as 2026-04-01T20:00Z=812.5 or …=null.")],
    why: WHY,
    node: Annotated[str | None, typer.Option(help="Where; the names may be fewer where they tell one series.")] = None,
    grid: GRID = None,
    region: REGION = None,
    metric: Annotated[str | None, typer.Option(help="What is measured.")] = None,
    source: Annotated[str | None, typer.Option(help="The source of the series that is put right.")] = None,
    collected_at: Annotated[str | None, typer.Option(help="When it became known, with an offset; else now.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Also where nothing is known yet.")] = False,
    as_json: JSON = False,
) -> None:
    """Enter corrected values as one load, in the unit of the series; what was there before stays in the history."""
    from loaders.ingest.corrections import correct as enter

    names = {"grid": grid, "region": region, "node": node, "metric": metric, "source": source}
    told = dict(_pair(text) for text in values)
    if len(told) < len(values):
        raise UsageError("An interval is named twice; give each one value.")
    done = enter(told, why=why, who=getpass.getuser(), collected_at=collected_at, new=new, **names)
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        *values, last = done.sentences
        for value in values:
            typer.echo(value)
        _tell(last, done.status == "accepted")
    if done.status not in ("accepted", "unchanged"):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, float | None]:
    start, equals, value = text.rpartition("=")
    try:
        return start, None if value == "null" else float(value)
    except ValueError:
        equals = ""
    if not (start and equals):
        raise UsageError(f"{text} is not of the form INTERVAL=VALUE, such as 2026-04-01T20:00Z=812.5 or …=null.")
    return start, None


def _tell(sentence: str, changed: bool) -> None:
    typer.echo(f"{sentence}; {SHOW}" if changed else f"{sentence}.")
