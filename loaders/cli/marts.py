"""Commands that run the warehouse: bring it up, build, check, look."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from loaders.errors import UsageError

JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(up)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(build)
    app.command()(check)
    app.command()(status)
    app.command()(query)


def up(
    weeks: Annotated[int, typer.Option(help="How many weeks of synthetic data to seed.")] = 2,
) -> None:
    """Bring everything up: database, seed, gates, marts, notebooks. Running it again does only what is left to do."""
    from rich.console import Console

    from loaders.bootstrap import bring_up

    bring_up(weeks, Console(stderr=True, highlight=False))
    show_status(False)
    typer.echo(
        "\nNext:\n"
        "  make lab                                                     open JupyterLab on the notebooks\n"
        "  make dashboard                                               slide through knowledge time, as an app\n"
        "  .venv/bin/python -m loaders ingest FILE --create-missing     load a file of your own, then: … build\n"
        '  .venv/bin/python -m loaders query "select * from marts.fct_measures_latest limit 5"'
    )


def build(context: typer.Context) -> None:
    """Run `dbt build` with the right connection; what follows -- goes to dbt."""
    from loaders.dbt_runner import build as dbt_build

    results = dbt_build(*context.args, quiet=False)
    typer.echo(f"{len(results)} models, tests and functions are built.", err=True)


def check(
    what: Annotated[str, typer.Argument(help="raw (loads and their rows) or marts.")],
    as_json: JSON = False,
) -> None:
    """Run the gates of Great Expectations; exit 1 when one fails. Writes pages and JUnit XML to reports/."""
    from loaders.cli.output import stdout_console
    from loaders.gates.outputs.terminal import render, to_json

    report = run_check(what)
    if as_json:
        typer.echo(to_json(report))
    else:
        render(report, stdout_console())
    if not report.passed:
        raise typer.Exit(1)


def run_check(what: str) -> Any:
    """The report of one gate (raises UsageError for another name)."""
    from loaders import gates

    if what not in ("raw", "marts"):
        raise UsageError(f"There is no gate {what!r}; choose raw or marts.")
    return gates.check_raw() if what == "raw" else gates.check_marts()


def status(as_json: JSON = False) -> None:
    """Show the size and freshness of the warehouse, and loads that wait."""
    show_status(as_json)


def show_status(as_json: bool) -> None:
    """Print the numbers of marts.warehouse_stats."""
    from loaders.mart_queries import LABELS, held_loads, warehouse_stats

    stats = warehouse_stats()
    if as_json:
        typer.echo(json.dumps(stats, default=str, indent=2))
        return
    width = max(map(len, LABELS.values()))
    for name, label in LABELS.items():
        typer.echo(f"{label:<{width}}  {_cell(stats[name])}")
    for load_id, uri, why in held_loads():
        typer.echo(f"load {load_id} is held: {why} ({Path(uri).name}); decide with accept or withdraw", err=True)


def query(
    sql: Annotated[str, typer.Argument(help="One select over the marts.")],
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 50,
    as_json: JSON = False,
) -> None:
    """Run one query as the analyst does: marts only, and nothing is changed."""
    from loaders.cli.output import print_json, print_table
    from loaders.mart_queries import run_query

    columns, rows = run_query(sql, limit)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, [["" if cell is None else cell for cell in row] for row in rows])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:%Y-%m-%d %H:%M} UTC"
