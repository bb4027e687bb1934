"""Commands about the project as a whole: servers for people, reports, and deleting what was generated."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from loaders.errors import UsageError

serve_app = typer.Typer(help="Start JupyterLab or the dashboard, on this machine only.", no_args_is_help=True)

PORT = Annotated[int | None, typer.Option(help="Use this port and no other.")]
FOLDER = Annotated[Path | None, typer.Option(help="Use another folder of notebooks.")]
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
    """Register the command of this module."""
    app.add_typer(serve_app, name="serve")
    app.command()(report)
    app.command()(clean)


def report(
    name: Annotated[str, typer.Argument(help="A notebook of notebooks/ that has the parameters as_of and loaded.")],
    as_of: Annotated[str, typer.Option("--as-of", help="Knowledge time, with an offset: what was known then.")],
    out: Annotated[Path, typer.Option("--out", help="The HTML file; replaced when the page is whole.")],
    loaded: Annotated[
        str | None, typer.Option(help="System time, with an offset: what was loaded until then; left out, now.")
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option("--parameter", "-p", help="name=value, any number.")] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the code too.")] = False,
) -> None:
    """Run a notebook into one HTML page that opens offline; the same moments and parameters give the same numbers."""
    from loaders.reports.scheduled_report import make_report

    given = dict(_pair(text) for text in parameter or [])
    made = make_report(name, out, as_of, loaded, given, code)
    typer.echo(f"{made.cells} cells in {made.seconds:.1f} s; again: {made.command}", err=True)
    typer.echo(made.path)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"-p {text} is not of the form name=value.")
    return name, value


@serve_app.command()
def lab(port: PORT = None, folder: FOLDER = None) -> None:
    """Open JupyterLab on the notebooks, connected to the warehouse."""
    from loaders import jupyter

    jupyter.serve("lab", port, folder or jupyter.NOTEBOOKS)


@serve_app.command()
def dashboard(port: PORT = None, folder: FOLDER = None) -> None:
    """Serve the dashboard and print its address."""
    from loaders import jupyter

    jupyter.serve("dashboard", port, folder or jupyter.NOTEBOOKS)


def clean(
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete it; without this, only say what would be deleted.")
    ] = False,
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
