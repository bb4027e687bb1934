"""The help of every command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from loaders.cli import app
from loaders.settings import PROJECT_ROOT
from tests.support.commands import run

HEAVY = (
    "pandas",
    "pyarrow",
    "numpy",
    "psycopg",
    "dbt",
    "great_expectations",
    "nbclient",
    "jupyter_client",
    "pint",
    "yaml",
)
pytestmark = pytest.mark.usefixtures("shared_warehouse")


EVERY_HELP = """
import contextlib, io, json, sys
import typer
from loaders.cli import app, main

def paths(command, path=()):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from paths(inner, (*path, name))

texts = {}
for path in paths(typer.main.get_command(app)):
    sys.argv = ["warehouse", *path, "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main()
    texts[" ".join(path)] = out.getvalue()
heavy = sorted(name for name in sys.modules if name in HEAVY)
print(json.dumps({"texts": texts, "heavy": heavy}))
"""


def test_every_command_explains_itself_without_loading_what_it_would_need_to_run() -> None:
    command = [sys.executable, "-c", EVERY_HELP.replace("HEAVY", repr(HEAVY))]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert {
        "",
        "up",
        "db start",
        "ingest",
        "inspect",
        "loads",
        "rejects",
        "accept",
        "withdraw",
        "check",
        "build",
        "status",
    } <= set(found["texts"])
    for name, text in found["texts"].items():
        assert f"Usage: warehouse {name}".strip() in text, name
        assert "--help" in text, name
    assert found["heavy"] == []


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    answer = run()
    assert "Usage:" in answer.stdout + answer.stderr
    assert answer.returncode in (0, 2)


def test_no_option_name_is_cut_on_a_terminal_of_80_columns() -> None:
    command = [sys.executable, "-c", EVERY_HELP.replace("HEAVY", "()")]
    answer = subprocess.run(
        command, cwd=PROJECT_ROOT, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, timeout=60
    )
    texts = json.loads(answer.stdout)["texts"]
    for name, options in options_of(typer.main.get_command(app)).items():
        words = set(texts[name].replace(",", " ").split())
        assert options <= words, (name, options - words)


def options_of(command: Any, path: tuple[str, ...] = ()) -> dict[str, set[str]]:
    own = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    inner = [options_of(child, (*path, name)) for name, child in getattr(command, "commands", {}).items()]
    return {" ".join(path): own} | {name: options for options in inner for name, options in options.items()}
