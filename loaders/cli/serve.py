"""Commands that serve: JupyterLab, the apps and the HTTP service."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Start JupyterLab, the dashboard, the editing app or the HTTP service.", no_args_is_help=True)

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


@app.command()
def manage(port: PortOption = None, folder: FolderOption = None) -> None:
    """Serve the tables and forms to edit names, locations, values and loads, to who has a key; print the address."""
    from loaders import jupyter

    jupyter.serve("manage", port, folder or jupyter.NOTEBOOKS)


@app.command()
def api(
    port: PortOption = None,
    host: Annotated[str | None, typer.Option("--host", help="Listen on this address. By default 127.0.0.1.")] = None,
    require_keys: Annotated[
        bool, typer.Option("--require-keys", help="Reads on this machine need a key too; behind a proxy always.")
    ] = False,
) -> None:
    """Serve the HTTP service: the marts as JSON, CSV, Arrow or Parquet; loads and corrections by key."""
    from loaders.service import server

    server.serve(host, port, require_keys)
