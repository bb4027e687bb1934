"""The command that makes a page of a notebook."""

from pathlib import Path
from typing import Annotated

import typer

from loaders.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(report)


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
    from loaders.report import make_report

    given = dict(_pair(text) for text in parameter or [])
    made = make_report(name, out, as_of, loaded, given, code)
    typer.echo(f"{made.cells} cells in {made.seconds:.1f} s; again: {made.command}", err=True)
    typer.echo(made.path)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"-p {text} is not of the form name=value.")
    return name, value
