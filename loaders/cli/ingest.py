"""Commands that put data into the warehouse: ingest, pull, seed."""

import dataclasses
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loaders.cli.load_options import LIST, RUN, takes_load_options
from loaders.cli.options import (
    CreateMissingOption,
    DryRunOption,
    JsonOption,
    MaxRejectsOption,
    Since,
    UntilOption,
    parse_last_day,
    parse_max_rejects,
)
from loaders.cli.output import print_json, print_table, progress, shorten
from loaders.errors import UsageError

if TYPE_CHECKING:
    from loaders.ingest.pipeline import IngestOptions, IngestResult


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (ingest, pull, seed):
        app.command()(command)


@takes_load_options
def ingest(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders or globs, - for stdin; one load per file.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=24, help="Files to load at a time.", rich_help_panel=RUN)] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen. Nothing is stored.", rich_help_panel=RUN)
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.", rich_help_panel=RUN)] = False,
    *,
    options: "IngestOptions",
) -> None:
    """Load files, each completely or not at all. A file that was loaded before is not loaded again."""
    from loaders.files import find_files, saved_input
    from loaders.ingest.pipeline import ingest_files

    if options.format == LIST:
        _list_formats()
        return
    if not paths:
        raise UsageError("There is nothing to ingest. Name at least one file, folder or glob.")
    options = dataclasses.replace(options, dry_run=dry_run)
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
    iso: Annotated[str, typer.Argument(help="The market: CAISO, ERCOT, ISONE, MISO, NYISO, PJM, SPP …, or ENTSOE.")],
    dataset: Annotated[str, typer.Argument(help="load, load_forecast, lmp_day_ahead_hourly …: get_DATASET there.")],
    area: Annotated[str | None, typer.Option(help="With ENTSOE: the area, such as DE_LU.")] = None,
    start: Annotated[
        str | None, typer.Option(help="First day or time, ISO 8601. With --since last: where the first pull begins.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="Day or time to stop before. By default one day is loaded.")] = None,
    since: Annotated[
        Since | None, typer.Option(help="Begin before the end of what was pulled; by default fetch until now.")
    ] = None,
    overlap_days: Annotated[
        int, typer.Option(min=1, max=366, help="With --since last: how many days to fetch again.")
    ] = 1,
    source: Annotated[str | None, typer.Option(help="Who publishes the rows; by default gridstatus or entsoe.")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric of a table whose columns are all zones.")] = None,
    resolution: Annotated[str | None, typer.Option(help="If the table has no Interval End, such as PT5M.")] = None,
    create_missing: CreateMissingOption = False,
    max_rejects: MaxRejectsOption = "10%",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch a dataset of a market (through gridstatus) or of ENTSO-E (through entsoe-py), and load it as one load."""
    from loaders.ingest.live.dataset import LiveDataset
    from loaders.ingest.live.live_data import check_dataset, end_of_what_is_there, start_since_last
    from loaders.ingest.live.live_data import pull as fetch_and_load
    from loaders.ingest.options import IngestOptions

    live = LiveDataset(iso, dataset, area, source, metric, resolution)
    check_dataset(live)
    if since == "last":
        start = start_since_last(live, start, overlap_days)
        end = end or end_of_what_is_there(live)
        typer.echo(f"fetching {live} from {start} to {end}", err=True)
    if start is None:
        raise UsageError("The start is missing. State it with --start, or continue with --since last.")
    options = IngestOptions(create_missing=create_missing, max_rejects=parse_max_rejects(max_rejects), dry_run=dry_run)
    result = fetch_and_load(live, start, end, options)
    _finish([result], as_json)


def seed(
    weeks: Annotated[int, typer.Option(help="How many weeks of synthetic data.")] = 2,
    random_seed: Annotated[int, typer.Option(help="Another number gives other values.")] = 7,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load synthetic measures of 27 nodes, hourly, with revisions. The same arguments give the same bytes."""
    from loaders.demo.seed_loader import load_seed

    last_day = parse_last_day("--until", until)
    with progress("rows") as advance:
        results = load_seed(weeks, random_seed, advance, last_day)
    _finish(results, as_json)


def _list_formats() -> None:
    from loaders.formats import formats

    for file_format in formats():
        typer.echo(f"{file_format.name:<26} {file_format.summary}")


def _finish(results: "list[IngestResult]", as_json: bool) -> None:
    """Print the results of loads: a table or JSON to stdout, failures to stderr. Exits 1 when one failed."""
    if as_json:
        print_json([as_dict(result) for result in results])
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


def describe(outcome: "IngestResult") -> str:
    """Return the result of one file in one line."""
    if outcome.result is None:
        return f"error: {outcome.error}"
    result = outcome.result
    if result.already_stored:
        return f"{outcome.name}: load {result.load_id} has the same content"
    text = f"{outcome.name}: load {result.load_id} {result.status}, {result.rows_inserted:,} of {result.rows_read:,}"
    text += f" rows new, {result.rows_rejected:,} rejected"
    if result.rows_rejected:
        text += f" (see them with: warehouse rejects {result.load_id})"
    if outcome.verdict is not None and not outcome.verdict.passed:
        rules = ", ".join(failure.rule for failure in outcome.verdict.failures)
        text += f". It breaks {rules}. Decide with: warehouse accept {result.load_id}, or withdraw"
    return text


def as_dict(outcome: "IngestResult") -> dict[str, Any]:
    """Return the result of one file as JSON shows it."""
    return {
        "from": outcome.name,
        "seconds": round(outcome.seconds, 3),
        "error": outcome.error,
        **({} if outcome.result is None else dataclasses.asdict(outcome.result)),
        "failed_rules": [] if outcome.verdict is None else [failure.rule for failure in outcome.verdict.failures],
    }
