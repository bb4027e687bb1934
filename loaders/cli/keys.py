"""Commands about the keys of the HTTP service."""

import dataclasses
import getpass
from typing import Annotated, Literal

import typer

from loaders.cli.options import JsonOption, parse_time
from loaders.cli.output import print_json, print_table

app = typer.Typer(help="Create, list and revoke the keys of the HTTP service.", no_args_is_help=True)

KeyRole = Literal["analyst", "loader", "operator"]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is. The ledger shows it.")],
    role: Annotated[
        KeyRole, typer.Option(help="analyst reads; loader also loads and corrects; operator also decides on loads.")
    ] = "analyst",
    expires: Annotated[str | None, typer.Option(help="End of the key, with an offset. By default it has none.")] = None,
) -> None:
    """Create a key and print it to stdout. It is shown this once; the database keeps its hash."""
    from loaders.database.api_keys import create_key

    key = create_key(name, role, getpass.getuser(), parse_time("--expires", expires))
    typer.echo(f"The key of {name} ({role}). Keep it safe; it cannot be shown again.", err=True)
    typer.echo(key)


@app.command("list")
def list_all(as_json: JsonOption = False) -> None:
    """List the keys, newest first, also those that were revoked."""
    from loaders.database.api_keys import list_keys

    keys = list_keys()
    if as_json:
        print_json([dataclasses.asdict(key) | {"status": key.status} for key in keys])
        return
    rows = [
        [key.key_id, key.name, key.role, f"{key.key_start}…", key.status, f"{key.created_at:%Y-%m-%d}", key.created_by]
        for key in keys
    ]
    print_table(["id", "name", "role", "key", "status", "created", "by"], rows)


@app.command()
def revoke(key_id: Annotated[int, typer.Argument(help="Its number, as `keys list` shows it.")]) -> None:
    """Revoke a key at once."""
    from loaders.database.api_keys import revoke_key

    changed = revoke_key(key_id, getpass.getuser())
    typer.echo(f"Key {key_id} is revoked." if changed else f"Key {key_id} was revoked before. Nothing was changed.")
