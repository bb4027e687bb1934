"""Run commands in processes of their own, forked or new, and read what they print."""

import os
import subprocess
import sys
from pathlib import Path

from loaders.database.connection import client_environment
from loaders.settings import PROJECT_ROOT
from tests.support.forked_commands import ForkedCommand

HEADER = "grid,region,node,metric,interval_start,collected_at,value\n"
UNSET = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT")


def run(*arguments: str, **variables: str | None) -> subprocess.CompletedProcess:
    """The command in a process of its own, with these variables set or (None) removed."""
    environment = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
    command = ForkedCommand(arguments, {**environment, "COLUMNS": "300"})
    stdout, stderr = command.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, command.wait(timeout=0), stdout, stderr)


def dbt(*arguments: str, folder: Path = PROJECT_ROOT / "dbt_project") -> subprocess.CompletedProcess:
    """dbt from the shell, connected as `db env` says."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *arguments],
        cwd=folder, env={**os.environ, **client_environment("warehouse_transformer")}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip


def messages(answer: subprocess.CompletedProcess) -> list[str]:
    assert "Traceback" not in answer.stdout + answer.stderr
    return [line for line in answer.stderr.splitlines() if line.strip()]


def fails(answer: subprocess.CompletedProcess, *parts: str) -> None:
    """Exit 1, nothing for stdout, and one line that says what is wrong."""
    stated = messages(answer)
    assert (answer.returncode, answer.stdout, len(stated)) == (1, "", 1), answer
    assert stated[0].startswith("error: ")
    for part in parts:
        assert part in stated[0]
