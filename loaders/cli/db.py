"""`python -m loaders db`: the embedded server, and how other programs find the database."""

import dataclasses
import json
import shlex
from typing import Annotated

import typer

app = typer.Typer(help="Start, stop and look at the database server.", no_args_is_help=True)


@app.command()
def start() -> None:
    """Start the embedded server (unless the environment names another), and bring the schema up to date."""
    from loaders import embedded_server
    from loaders.database.connection import connection_info, uses_embedded_server
    from loaders.database.migrations import migrate

    if uses_embedded_server():
        running = embedded_server.start()
        state = "started" if running.started else "already running"
        typer.echo(f"Server {state} (process {running.pid}, data in {running.data_directory}).", err=True)
    else:
        typer.echo("The environment names a server of your own; nothing to start.", err=True)
    for name in migrate():
        typer.echo(f"Applied {name}.", err=True)
    place = connection_info(None)
    typer.echo(f"{place.host}:{place.port}/{place.dbname}")


@app.command()
def stop() -> None:
    """Stop the embedded server; open connections are ended."""
    from loaders import embedded_server

    typer.echo("Server stopped." if embedded_server.stop() else "The server was not running.", err=True)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show whether the embedded server runs, where, and how large its data is."""
    from loaders import embedded_server

    found = embedded_server.status()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found), default=str))
        return
    typer.echo(f"running         {'yes' if found.running else 'no'}")
    typer.echo(f"address         {found.host}:{found.port or '-'}")
    typer.echo(f"process         {found.pid or '-'}")
    typer.echo(f"PostgreSQL      {found.version or '-'}")
    typer.echo(f"data directory  {found.data_directory}")
    typer.echo(f"size            {found.size_bytes / 1e6:,.1f} MB")


@app.command()
def env() -> None:
    """Print export lines for dbt, psql and notebooks, password included: eval "$(python -m loaders db env)"."""
    from loaders.database.connection import client_environment

    for name, value in client_environment().items():
        typer.echo(f"export {name}={shlex.quote(value)}")
