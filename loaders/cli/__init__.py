"""The command line. Results go to stdout, all else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 held."""

import logging
import sys
from typing import Annotated, Any, cast

import typer
import typer.exceptions

from loaders.cli import archive, db, ingest, inspection, keys, loads, marts, operations, project, registry, serve
from loaders.errors import UsageError, WarehouseError
from loaders.messages import sentence

app = typer.Typer(
    name="warehouse",
    help="A bitemporal warehouse for electricity-grid measures: load, check, build, read.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(db.app, name="db")
app.add_typer(serve.app, name="serve")
app.add_typer(keys.app, name="keys")
for module in (project, ingest, inspection, loads, registry, marts, operations, archive):
    module.add_to(app)


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show tracebacks and more of the log.")] = False,
) -> None:
    """Set up logging; runs before every command."""
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("loaders").setLevel(level)
    # It warns of a lost connection a second time; the loaders report the result of the load.
    logging.getLogger("psycopg").setLevel(logging.WARNING if verbose else logging.ERROR)


def main() -> None:
    """Run a command. Every failure that a user can act on is a short message and an exit code."""
    verbose = "--verbose" in sys.argv or "-v" in sys.argv
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        print("Interrupted. What was being loaded is not stored.", file=sys.stderr)
        code = 130
    except typer.exceptions.TyperException as error:
        cast(Any, error).show()  # all but its abstract base have it
        code = 2
    except WarehouseError as error:
        if verbose:
            raise
        print(f"error: {error}", file=sys.stderr)
        code = 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("Interrupted. What was being loaded is not stored.", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if verbose:
            raise
        print(
            f"error: unexpected {type(error).__name__}: {sentence(error, 500)} Run again with --verbose to see where.",
            file=sys.stderr,
        )
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
