"""Commands about the project as a whole: up, report, clean."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from loaders.cli.marts import show_status
from loaders.cli.options import UntilOption, parse_last_day, parse_pairs

# Made by `make up`, builds, tests and lints; nothing in them is needed again.
GENERATED = (
    ".venv",
    "reports",
    "dbt_project/target",
    "dbt_project/logs",
    "logs",
    "grid_measures_warehouse.egg-info",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    ".import_linter_cache",
    ".hypothesis",
)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (up, report, clean):
        app.command()(command)


def up(
    weeks: Annotated[int, typer.Option(help="How many weeks of synthetic data to load.")] = 2,
    until: UntilOption = None,
) -> None:
    """Bring everything up: database, seed, checks, marts, notebooks. Running it again does only what is left."""
    from rich.console import Console

    from loaders.bootstrap import bring_up

    bring_up(weeks, parse_last_day("--until", until), Console(stderr=True, highlight=False))
    show_status()
    typer.echo(
        "\nNext:\n"
        "  make lab                                           open JupyterLab on the notebooks\n"
        "  make dashboard                                     move through knowledge time, as an app\n"
        "  .venv/bin/warehouse ingest FILE --create-missing   load a file of your own, then: … build\n"
        '  .venv/bin/warehouse query "select * from marts.fct_measures_latest limit 5"'
    )


def report(
    name: Annotated[str, typer.Argument(help="A notebook of notebooks/ that has the parameters as_of and loaded.")],
    as_of: Annotated[str, typer.Option("--as-of", help="Knowledge time, with an offset: what was known then.")],
    out: Annotated[Path, typer.Option("--out", help="The HTML file. It is replaced when the page is complete.")],
    loaded: Annotated[
        str | None, typer.Option(help="System time, with an offset: what was loaded until then. By default now.")
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option("--parameter", "-p", help="name=value; repeatable.")] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the code as well.")] = False,
) -> None:
    """Run a notebook into one HTML page that opens offline. The same times and parameters give the same numbers."""
    from loaders.reports.scheduled_report import make_report

    made = make_report(name, out, as_of, loaded, parse_pairs("--parameter", parameter, str), code)
    typer.echo(f"{made.cells} cells in {made.seconds:.1f} s. To make it again: {made.command}", err=True)
    typer.echo(made.path)


def clean(
    yes: Annotated[bool, typer.Option("--yes", help="Delete it. Else only show what would be deleted.")] = False,
) -> None:
    """Stop the embedded server, and delete its data and everything that was generated in the project folder."""
    from loaders import embedded_server
    from loaders.settings import PROJECT_ROOT, settings

    home = settings().home
    generated = [PROJECT_ROOT / name for name in GENERATED if (PROJECT_ROOT / name).exists()]
    typer.echo("This deletes:")
    data = f"{home}  (the data of the embedded server: every measure loaded into it)"
    typer.echo(f"  {data if home.exists() else 'no database'}")
    for path in generated:
        typer.echo(f"  {path}")
    if not yes:
        typer.echo("Nothing was deleted. To delete it, run: make clean YES=1")
        return
    if home.exists():
        embedded_server.discard()
        shutil.rmtree(home, ignore_errors=True)
    for path in generated:
        shutil.rmtree(path)
    typer.echo("Deleted.")
