"""Commands about the database: the embedded server, the roles, and how other programs log in."""

import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.cli.options import JsonOption, LoginName

if TYPE_CHECKING:
    from loaders.operations.distribution import Distribution

app = typer.Typer(help="Start, stop and inspect the database server; create the roles.", no_args_is_help=True)


@app.command()
def start() -> None:
    """Start the embedded server (unless the environment names another), and bring roles and schema up to date."""
    from loaders import embedded_server
    from loaders.database.connection import connection_info, uses_embedded_server
    from loaders.database.migrations import migrate

    if uses_embedded_server():
        running = embedded_server.start()
        state = "started" if running.started else "already running"
        typer.echo(f"Server {state} (process {running.pid}, data in {running.data_directory}).", err=True)
    else:
        typer.echo("The environment names a server of your own, so there is nothing to start.", err=True)
    for name in migrate():
        typer.echo(f"Applied {name}.", err=True)
    info = connection_info(None)
    typer.echo(f"{info.host}:{info.port}/{info.dbname}")


@app.command()
def stop() -> None:
    """Stop the embedded server. Open connections are ended."""
    from loaders import embedded_server

    typer.echo("Server stopped." if embedded_server.stop() else "The server was not running.", err=True)


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show whether the embedded server runs, where, and how large its data is; on Citus: nodes, shards, sizes, skew."""
    from loaders import embedded_server
    from loaders.database.connection import uses_embedded_server
    from loaders.operations.distribution import read_distribution

    server = embedded_server.status()
    distribution = None if uses_embedded_server() else read_distribution()
    if as_json:
        parts = dataclasses.asdict(server)
        if distribution is not None:
            parts["distribution"] = dataclasses.asdict(distribution)
        typer.echo(json.dumps(parts, default=str))
        return
    if distribution is not None:
        _print_distribution(distribution)
        return
    typer.echo(f"running         {'yes' if server.running else 'no'}")
    typer.echo(f"address         {server.host}:{server.port or '-'}")
    typer.echo(f"process         {server.pid or '-'}")
    typer.echo(f"PostgreSQL      {server.version or '-'}")
    typer.echo(f"data directory  {server.data_directory}")
    typer.echo(f"size            {server.size_bytes / 1e6:,.1f} MB")


def _print_distribution(distribution: "Distribution") -> None:
    from loaders.cli.output import print_table

    nodes = [
        [
            node["node"],
            node["role"],
            "yes" if node["is_active"] else "no",
            node["shards"],
            f"{node['bytes'] / 1e6:,.1f}",
        ]
        for node in distribution.nodes
    ]
    print_table(["node", "role", "active", "shards", "MB"], nodes)
    tables = [
        [
            f"{table['schema_name']}.{table['table_name']}",
            table["kind"],
            table["shards"],
            f"{table['bytes'] / 1e6:,.1f}",
            f"{table['skew']:.2f}",
        ]
        for table in distribution.tables
    ]
    print_table(["table", "kind", "shards", "MB", "skew"], tables)


@app.command()
def distribute(
    shards: Annotated[
        int | None, typer.Option(min=1, help="Into how many parts each table is divided. [default: 32]")
    ] = None,
) -> None:
    """Distribute the tables over the nodes of a Citus cluster. Run it again after an interruption or a new node."""
    from loaders.operations.distribution import distribute as distribute_tables

    done = distribute_tables(shards)
    typer.echo(f"Distributed {', '.join(done)}." if done else "Everything is distributed already.", err=True)
    if "raw.measures" in done:
        typer.echo(
            "Build the marts with: warehouse build. If there are some: warehouse build -- --full-refresh", err=True
        )


@app.command()
def env(
    login: Annotated[LoginName, typer.Option(help="Whose login. dbt needs transformer.")] = "analyst",
) -> None:
    """Print export lines for psql, notebooks or dbt, password included: eval "$(warehouse db env)"."""
    from loaders.database.connection import client_environment

    for name, value in client_environment(None if login == "operator" else f"warehouse_{login}").items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def roles(
    new_passwords: Annotated[
        bool, typer.Option("--new-passwords", help="Give every login a new password, also where others use it.")
    ] = False,
    statements: Annotated[
        bool, typer.Option("--statements", help="Only print the statements for an administrator.")
    ] = False,
) -> None:
    """Create the roles and their logins, and keep the passwords in WAREHOUSE_HOME. Shows what an administrator must do.

    A login for a person: create role anna login in role warehouse_analyst; then set a password with psql's \\password.
    """
    from loaders.database.connection import connect
    from loaders.database.migrations import migrate
    from loaders.database.roles import ensure_logins, restrict_public_rights, statements_for_administrator

    if statements:
        with connect(None, autocommit=True) as connection:
            typer.echo("\n".join(statements_for_administrator(connection)))
        return
    migrate()
    with connect(None, autocommit=True) as connection:
        left = restrict_public_rights(connection)
        changed = ensure_logins(connection, reset=new_passwords)
    if changed:
        typer.echo(f"New passwords of {', '.join(changed)} are kept in WAREHOUSE_HOME.", err=True)
    if left:
        typer.echo("The roles are ready. Have an administrator run these statements as well:", err=True)
        typer.echo("\n".join(left))
    else:
        typer.echo("The roles are ready.", err=True)


@app.command()
def dump(
    file: Annotated[Path, typer.Argument(help="The file to write. Only you may read it.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the whole warehouse into one file. Loads and builds may run meanwhile."""
    from loaders.operations.archived_files import archive_after_dump
    from loaders.operations.backup import dump as write_dump

    written = write_dump(file, replace=force)
    if as_json:
        typer.echo(json.dumps({"path": str(file), **dataclasses.asdict(written.manifest)}, default=str))
        return
    counts = written.manifest.counts
    typer.echo(
        f"{counts['measures']:,} rows of {counts['loads']:,} loads, {file.stat().st_size / 1e6:,.1f} MB", err=True
    )
    if note := archive_after_dump():
        typer.echo(note, err=True)
    typer.echo(str(file))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that `db dump` wrote.")]) -> None:
    """Restore a dump into an empty warehouse, completely or not at all."""
    from loaders.operations.archived_files import archive_after_restore
    from loaders.operations.restore import restore as restore_dump

    manifest = restore_dump(file)
    counts = manifest.counts
    made_at = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"Restored {counts['measures']:,} rows of {counts['loads']:,} loads, dumped at {made_at}.", err=True)
    if note := archive_after_restore():
        typer.echo(note, err=True)


@app.command()
def maintain(
    keep_days: Annotated[
        int, typer.Option(min=30, help="How long results of checks and records of runs are kept.")
    ] = 400,
    as_json: JsonOption = False,
) -> None:
    """Create partitions of the next months, vacuum where due, delete old results. Safe next to loads and builds."""
    from loaders.cli.output import print_json, print_table
    from loaders.operations.maintenance import maintain as run_maintenance

    done = run_maintenance(keep_days)
    if as_json:
        print_json(dataclasses.asdict(done))
        return
    rows = [
        [
            f"{table['schema_name']}.{table['table_name']}",
            f"{table['table_bytes'] / 1e6:,.1f}",
            f"{table['index_bytes'] / 1e6:,.1f}",
            f"{table['dead_share']:.1%}",
        ]
        for table in done.tables
    ]
    print_table(["table", "MB", "MB of indexes", "dead rows"], rows)
    for index in done.unused_indexes:
        megabytes = f"{index['bytes'] / 1e6:,.1f} MB"
        typer.echo(f"No query used {index['schema_name']}.{index['index_name']} yet ({megabytes}).", err=True)
    typer.echo(f"{done.summary}.", err=True)
