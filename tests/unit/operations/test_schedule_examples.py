"""The examples of docs/examples call commands that exist, with options that they have."""

import re
import shlex
import shutil
import subprocess

import pytest
import typer.main
import yaml

from loaders.cli import app
from loaders.settings import PROJECT_ROOT

EXAMPLES = PROJECT_ROOT / "docs" / "examples"
COMMAND = re.compile(r"\.venv/bin/warehouse ([^|>\n]+)")


def parse(arguments: list[str]) -> None:
    """Parse a command line as the program does, without running it. Raises what it would raise."""
    command = typer.main.get_command(app)
    context = command.make_context("warehouse", list(arguments), resilient_parsing=False)
    while hasattr(command, "get_command"):
        name, *arguments = arguments
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name}"
        if not hasattr(command, "get_command"):
            command.make_context(name, list(arguments), parent=context)
            return


@pytest.mark.parametrize("name", ["crontab", "warehouse.service", "github-actions.yml"])
def test_the_commands_of_an_example_exist(name: str) -> None:
    commands = COMMAND.findall((EXAMPLES / name).read_text())
    assert commands
    for text in commands:
        parse(shlex.split(text))


def test_a_command_with_an_unknown_option_would_be_found() -> None:
    with pytest.raises(Exception, match="nowhere"):
        parse(["run", "--nowhere", "warehouse.yml"])


def test_the_crontab_has_five_fields_and_no_bare_percent_sign() -> None:
    lines = [line for line in (EXAMPLES / "crontab").read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"(?:[\d*/,-]+\s+){5}/\S+/warehouse .*", line), line
        assert not re.search(r"(?<!\\)%", line)


def test_the_workflow_names_the_service_that_the_environment_names() -> None:
    job = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]["run"]
    service, variables = job["services"]["postgres"], job["env"]
    assert service["env"]["POSTGRES_USER"] == variables["PGUSER"]
    assert service["env"]["POSTGRES_PASSWORD"] == variables["PGPASSWORD"]
    assert service["env"]["POSTGRES_DB"] == variables["PGDATABASE"]
    assert service["ports"] == [f"{variables['PGPORT']}:5432"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", ["warehouse.service", "warehouse.timer"])
def test_systemd_accepts_the_units(name: str) -> None:
    process = subprocess.run(["systemd-analyze", "verify", EXAMPLES / name], capture_output=True, text=True)
    faults = [line for line in process.stderr.splitlines() if "not executable" not in line and name in line]
    assert not faults
