"""The command that fetches from a market and loads what it gets."""

from typing import Annotated

import typer

from loaders.cli.ingest import JSON, read_limit, show_outcomes


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(pull)


def pull(
    iso: Annotated[str, typer.Argument(help="The market: CAISO, ERCOT, ISONE, MISO, NYISO, PJM, SPP …")],
    dataset: Annotated[str, typer.Argument(help="load, load_forecast, lmp_day_ahead_hourly …: get_DATASET there.")],
    start: Annotated[str, typer.Option(help="First day or time, ISO 8601.")],
    end: Annotated[str | None, typer.Option(help="Day or time to stop before; left out, one day.")] = None,
    source: Annotated[str, typer.Option(help="Who delivers.")] = "gridstatus",
    metric: Annotated[str | None, typer.Option(help="The metric of a frame whose columns are all zones.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Where the frame has no Interval End, such as PT5M.")] = None,
    create_missing: Annotated[bool, typer.Option(help="Register unknown grids, regions, nodes and series.")] = False,
    max_rejects: Annotated[str, typer.Option(help="N or P%: more rejected rows refuse the whole pull.")] = "10%",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; store nothing.")] = False,
    as_json: JSON = False,
) -> None:
    """Fetch a dataset through the gridstatus library, where it is installed, and load it as one load."""
    from loaders.ingest.gridstatus_fetch import pull as fetch_and_load

    outcome = fetch_and_load(
        iso,
        dataset,
        start,
        end,
        source=source,
        metric=metric,
        resolution=resolution,
        create_missing=create_missing,
        max_rejects=read_limit(max_rejects),
        dry_run=dry_run,
    )
    show_outcomes([outcome], as_json)
    if outcome.failed:
        raise typer.Exit(1)
