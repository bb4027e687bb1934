"""The command line: it parses and prints. Results to stdout, all else to stderr; 0 done, 1 failed, 2 wrong usage."""

import logging
import sys
from typing import Annotated

import typer
import typer.exceptions

from loaders.cli import db as database
from loaders.cli import ingest as loading
from loaders.cli import marts as operating
from loaders.cli import project as reporting
from loaders.cli import pull as pulling
from loaders.cli import registry as editing
from loaders.errors import UsageError, WarehouseError

app = typer.Typer(
    help="A bitemporal warehouse for electricity-grid measures: load, gate, build, look.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(database.app, name="db")
loading.add_to(app)
editing.add_to(app)
operating.add_to(app)
pulling.add_to(app)
reporting.add_to(app)


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show tracebacks and more of the log.")] = False,
) -> None:
    """Set up logging; runs before every command."""
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("loaders").setLevel(level)
    # It warns of a lost connection a second time; what became of the load is said by us.
    logging.getLogger("psycopg").setLevel(logging.WARNING if verbose else logging.ERROR)


def main() -> None:
    """Run a command; every failure a user can act on is one sentence and an exit code."""
    verbose = "--verbose" in sys.argv or "-v" in sys.argv
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        print("Interrupted; what was being loaded is not stored.", file=sys.stderr)
        code = 130
    except typer.exceptions.TyperException as error:
        error.show()
        code = 2
    except WarehouseError as error:
        if verbose:
            raise
        print(f"error: {error}", file=sys.stderr)
        code = 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("Interrupted; what was being loaded is not stored.", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if verbose:
            raise
        said = " ".join(str(error).split())[:500]
        print(
            f"error: unexpected {type(error).__name__}: {said} Run again with --verbose to see where.", file=sys.stderr
        )
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
