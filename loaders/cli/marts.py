"""Commands about the marts: build, check, status, query."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from loaders.cli.options import CheckName, JsonOption


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(build)
    for command in (check, status, query):
        app.command()(command)


def build(context: typer.Context) -> None:
    """Run `dbt build` with the right connection. What follows -- goes to dbt."""
    from loaders.dbt_runner import build as dbt_build
    from loaders.gates import alert_when_build_fails

    with alert_when_build_fails():
        results = dbt_build(*context.args, quiet=False)
    typer.echo(f"{len(results)} models, tests and functions were built.", err=True)


def check(
    what: Annotated[CheckName, typer.Argument(help="raw (loads and their rows) or marts.")],
    as_json: JsonOption = False,
) -> None:
    """Run the checks of Great Expectations. Exits 1 when one fails. Writes pages and JUnit XML to reports/."""
    from loaders import gates
    from loaders.cli.output import stdout_console
    from loaders.gates.outputs.terminal import print_check, to_json

    report = gates.check_raw() if what == "raw" else gates.check_marts()
    if as_json:
        typer.echo(to_json(report))
    else:
        print_check(report, stdout_console())
    if not report.passed:
        raise typer.Exit(1)


def status(as_json: JsonOption = False) -> None:
    """Show the size and freshness of the warehouse, and the loads that are held."""
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
        typer.echo(f"load {load_id} is held: {why} ({Path(uri).name}). Decide with accept or withdraw.", err=True)


def query(
    sql: Annotated[str, typer.Argument(help="One select over the marts.")],
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Run one query as the analyst: it reads the marts only, and changes nothing."""
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
