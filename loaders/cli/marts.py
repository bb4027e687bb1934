"""Commands about the marts: build, check, status, query."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from loaders.cli.options import CheckName, JsonOption


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(build)
    for command in (check, status, query):
        app.command()(command)


def build(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Build everything, even if nothing changed.")] = False,
) -> None:
    """Run `dbt build` for what changed, with the right connection. What follows -- goes to dbt."""
    from loaders.dbt_runner import build as dbt_build
    from loaders.gates import alert_when_build_fails

    with alert_when_build_fails():
        results = dbt_build(*context.args, quiet=False, force=force)
    if not results and not context.args:
        typer.echo(
            "Nothing changed since the last build. To build everything all the same, run: warehouse build --force",
            err=True,
        )
        return
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


def status(
    as_json: JsonOption = False,
    check: Annotated[
        bool, typer.Option("--check", help="For monitoring: exit 1 for a problem, 3 if a load is held.")
    ] = False,
    max_lag: Annotated[int, typer.Option(min=0, help="With --check: seconds that the marts may be behind.")] = 3600,
    max_age: Annotated[
        int | None, typer.Option(min=1, help="With --check: seconds since the newest load of each source.")
    ] = None,
    prometheus: Annotated[
        Path | None, typer.Option(help="Write the numbers for Prometheus' textfile collector.")
    ] = None,
) -> None:
    """Show the size and freshness of the warehouse, the last run and build, and the loads that are held."""
    from loaders.monitoring.metrics import find_problems, read_status, write_prometheus

    current = read_status()
    problems = find_problems(current, max_lag, max_age)
    if prometheus is not None:
        write_prometheus(current, prometheus)
    if as_json:
        typer.echo(json.dumps(current, default=str, indent=2))
    elif not check:
        _print_status(current)
    if check:
        for problem in problems:
            typer.echo(problem, err=True)
        if problems or current["loads_held"]:
            typer.echo(f"{current['loads_held']} loads are held.", err=True)
            raise typer.Exit(1 if problems else 3)


def show_status() -> None:
    """Print the numbers of marts.warehouse_stats, and what runs unattended."""
    from loaders.monitoring.metrics import read_status

    _print_status(read_status())


def _print_status(current: dict[str, Any]) -> None:
    from loaders.archive.archived_months import name_months
    from loaders.mart_queries import LABELS, held_loads

    width = max(map(len, LABELS.values()))
    for name, label in LABELS.items():
        typer.echo(f"{label:<{width}}  {_cell(current[name])}")
    last_build, last_run = current["last_build"], current["last_run"]
    if last_build is not None:
        result = "passed" if last_build["passed"] else "failed"
        typer.echo(f"{'last build':<{width}}  number {last_build['build_number']} {_ended(last_build, result)}")
    if last_run is not None:
        typer.echo(f"{'last run':<{width}}  {last_run['run_id']} {_ended(last_run, last_run['result'])}")
    if current["archived_months"]:
        typer.echo(f"{'archived months':<{width}}  {name_months(current['archived_months'])}")
    if current["loads_not_in_marts"]:
        typer.echo(f"{current['loads_not_in_marts']} loads are not in the marts yet. Run: warehouse build", err=True)
    for load_id, uri, why in held_loads():
        typer.echo(f"load {load_id} is held: {why} ({Path(uri).name}). Decide with accept or withdraw.", err=True)


def _ended(last: dict[str, Any], result: str) -> str:
    return (
        f"{result} in {last['seconds']:.1f} s, started {datetime.fromisoformat(last['started_at']):%Y-%m-%d %H:%M} UTC"
    )


def query(
    sql: Annotated[str, typer.Argument(help="One select over the marts.")],
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Run one query as the analyst: it reads the marts only, and changes nothing."""
    from loaders.cli.output import print_json, print_table
    from loaders.mart_queries import run_query

    columns, rows = run_query(sql, limit + 1)
    shown = rows[:limit]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in shown])
    else:
        print_table(columns, [["" if cell is None else cell for cell in row] for row in shown])
    if len(rows) > limit:
        typer.echo(f"There are more rows than these {limit:,}. Show more with: --limit {10 * limit}", err=True)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:%Y-%m-%d %H:%M} UTC"
