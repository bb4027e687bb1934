"""Commands that serve people: JupyterLab and the dashboard, on this machine only."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Start JupyterLab or the dashboard, on this machine only.", no_args_is_help=True)

PortOption = Annotated[int | None, typer.Option("--port", help="Use this port and no other.")]
FolderOption = Annotated[Path | None, typer.Option("--folder", help="Use another folder of notebooks.")]


@app.command()
def lab(port: PortOption = None, folder: FolderOption = None) -> None:
    """Open JupyterLab on the notebooks, connected to the warehouse."""
    from loaders import jupyter

    jupyter.serve("lab", port, folder or jupyter.NOTEBOOKS)


@app.command()
def dashboard(port: PortOption = None, folder: FolderOption = None) -> None:
    """Serve the dashboard and print its address."""
    from loaders import jupyter

    jupyter.serve("dashboard", port, folder or jupyter.NOTEBOOKS)
