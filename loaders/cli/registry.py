"""Commands that change what is registered, and single values: register, add, rename, move, correct."""

import dataclasses
import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from loaders.cli.options import (
    GridOption,
    JsonOption,
    LocationType,
    MovableType,
    RegionOption,
    WhyOption,
    parse_number_or_null,
    parse_pairs,
)
from loaders.cli.output import print_json

TypeArgument = Annotated[LocationType, typer.Argument(help="What it is.")]
MovableArgument = Annotated[MovableType, typer.Argument(help="What it is.")]
NameArgument = Annotated[str, typer.Argument(help="Its name.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (register, add, rename, move, correct):
        app.command()(command)


def register(
    file: Annotated[Path, typer.Argument(help="A YAML or CSV file; see docs/how-to/register.md.")],
) -> None:
    """Register grids, regions, nodes, metrics and series. Running it again changes only what differs."""
    from loaders.database.connection import connect
    from loaders.registry.definitions import read_definitions, register

    definitions = read_definitions(file)
    with connect() as connection:
        done = register(connection, definitions)
    typer.echo(f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged")


def add(
    kind: TypeArgument,
    name: NameArgument,
    why: WhyOption,
    grid: GridOption = None,
    region: RegionOption = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA zone of a new grid.")] = None,
) -> None:
    """Register one node, region or grid. The command register does many at a time."""
    from loaders.database.connection import connect
    from loaders.registry import edits

    with connect() as connection:
        change = edits.add(
            connection, kind, name, why=why, grid=grid, region=region, time_zone=time_zone, who=getpass.getuser()
        )
    _report(change.sentence, change.changed)


def rename(
    kind: TypeArgument,
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
    why: WhyOption,
    grid: GridOption = None,
    region: RegionOption = None,
) -> None:
    """Change the name of a node, region or grid. Files must use it from now on; measures keep their series."""
    from loaders.database.connection import connect
    from loaders.registry import edits

    with connect() as connection:
        change = edits.rename(
            connection, kind, name, new_name, why=why, grid=grid, region=region, who=getpass.getuser()
        )
    _report(change.sentence, change.changed)


def move(
    kind: MovableArgument,
    name: NameArgument,
    why: WhyOption,
    grid: GridOption = None,
    region: RegionOption = None,
    to_grid: Annotated[str | None, typer.Option(help="The grid to move to.")] = None,
    to_region: Annotated[str | None, typer.Option(help="The region to move a node to.")] = None,
) -> None:
    """Move a node to another region, or a region to another grid. It counts there from the next build on."""
    from loaders.database.connection import connect
    from loaders.registry import edits

    with connect() as connection:
        change = edits.move(
            connection,
            kind,
            name,
            why=why,
            grid=grid,
            region=region,
            to_grid=to_grid,
            to_region=to_region,
            who=getpass.getuser(),
        )
    _report(change.sentence, change.changed)


def correct(
    values: Annotated[list[str], typer.Argument(help="INTERVAL=VALUE, such as 2026-04-01T20:00Z=812.5 or …=null.")],
    why: WhyOption,
    node: Annotated[str | None, typer.Option(help="Node; leave out names that are not needed.")] = None,
    grid: GridOption = None,
    region: RegionOption = None,
    metric: Annotated[str | None, typer.Option(help="Metric of the series.")] = None,
    source: Annotated[str | None, typer.Option(help="Source of the series.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Resolution of the series, such as PT15M.")] = None,
    collected_at: Annotated[
        str | None, typer.Option(help="Knowledge time, with an offset. By default the current time.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Allow intervals that have no value yet.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Enter corrected values as one load, in the unit of the series. The former values stay in the history."""
    from loaders.ingest.corrections import correct as store_corrections

    done = store_corrections(
        cast(dict[str | datetime, float | None], parse_pairs("INTERVAL=VALUE", values, parse_number_or_null)),
        why=why,
        who=getpass.getuser(),
        collected_at=collected_at,
        new=new,
        grid=grid,
        region=region,
        node=node,
        metric=metric,
        source=source,
        resolution=resolution,
    )
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        *lines, last = done.sentences
        for line in lines:
            typer.echo(line)
        _report(last, done.status == "accepted")
    if done.status not in ("accepted", "unchanged"):
        raise typer.Exit(1)


def _report(sentence: str, changed: bool) -> None:
    typer.echo(f"{sentence}. Show it in the marts with: warehouse build" if changed else f"{sentence}.")
