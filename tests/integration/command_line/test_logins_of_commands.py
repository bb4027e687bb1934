"""Each command runs with exactly the login that docs/explanation/roles.md gives it, and with no other one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from loaders.cli import app
from loaders.database.connection import connection_info
from loaders.gates import checks
from loaders.reports import scheduled_report
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, changed_environment

ROLES_PAGE = PROJECT_ROOT / "docs" / "explanation" / "roles.md"
ROW = "G,R,N,load,2024-01-01T00:00Z,2024-01-01T09:00Z,1.5\n"
FILE = "grid,region,node,metric,interval_start,collected_at,value\n" + ROW
WHY = ["--why", "a test"]

# In this order, because a later one needs what an earlier one stored. Left out is what waits (serve, up), what reads
# the net (pull), and what the operator does.
ARGUMENTS = {
    "ingest": ["{file}", "--create-missing", "--grid-time-zone", "UTC"],
    "register": ["{definitions}"],
    "add": ["node", "M", "--grid", "G", "--region", "R", *WHY],
    "rename": ["node", "M", "M2", *WHY],
    "move": ["node", "M2", "--to-region", "S", *WHY],
    "correct": ["2024-01-01T00:00Z=2", "--node", "N", *WHY],
    "loads": ["--json"],
    "rejects": ["1"],
    "withdraw": ["1", *WHY],
    "accept": ["1", *WHY],
    "check raw": [],
    "build": ["--select", "+dim_series", "--resource-type", "model"],
    "check marts": [],
    "status": [],
    "query": ["select 1 as one"],
    "report": ["01_start_here", "--as-of", "2024-02-01T00:00Z", "--out", "{folder}/report.html"],
}
LOGINS = ("loader", "transformer", "analyst")


def logins_by_command() -> dict[str, str]:
    """The table of the page."""
    table = ROLES_PAGE.read_text(encoding="utf-8").split("| command | logs in as |")[1].split("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ") or "`" in line]
    return {name: row[1].strip() for row in rows for name in re.findall(r"`([^`]+)`", row[0])}


def commands(group: typer.core.TyperGroup, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, f"{above}{name} ")
        elif name == "check":
            yield from ("check raw", "check marts")
        else:
            yield f"{above}{name}"


@contextmanager
def logged_in(warehouse: Warehouse, login: str, home: Path) -> Iterator[None]:
    """The environment of a machine that has the password of one login and of no other one."""
    password = connection_info(f"warehouse_{login}").password
    with changed_environment(PGUSER=f"warehouse_{login}", PGPASSWORD=password, WAREHOUSE_HOME=str(home)):
        yield


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.csv").write_text(FILE)
    (folder / "a.yml").write_text("regions: [{grid: G, region: S}]\n")
    places = {"file": folder / "a.csv", "definitions": folder / "a.yml", "folder": folder}
    return {name: [text.format(**places) for text in texts] for name, texts in ARGUMENTS.items()}


def test_every_command_is_in_the_table() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert set(commands(group)) <= logins_by_command().keys()
    assert ARGUMENTS.keys() <= logins_by_command().keys()


@pytest.mark.parametrize("login", LOGINS)
def test_each_command_runs_with_its_login_alone(
    shared_warehouse: Warehouse,
    arguments: dict[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    login: str,
) -> None:
    monkeypatch.setattr(checks, "REPORTS", tmp_path)
    monkeypatch.setattr(scheduled_report, "execute", lambda *_: None)  # what a kernel gets is tested with the notebooks
    table = logins_by_command()
    with logged_in(shared_warehouse, login, tmp_path / "home"):
        for name in ARGUMENTS:
            if table[name] != login:
                continue
            result = CliRunner().invoke(app, [*name.split(), *arguments[name]])
            assert result.exit_code in ((0, 1) if name.startswith("check") else (0,)), (name, result.output)
            assert not isinstance(result.exception, Exception), (name, result.exception)


@pytest.mark.parametrize("login", LOGINS)
def test_no_command_runs_with_another_login(
    shared_warehouse: Warehouse, arguments: dict[str, list[str]], tmp_path: Path, login: str
) -> None:
    table = logins_by_command()
    with logged_in(shared_warehouse, login, tmp_path / "home"):
        for name in ARGUMENTS:
            if table[name] == login:
                continue
            result = CliRunner().invoke(app, [*name.split(), *arguments[name]])
            needed = f"warehouse_{table[name]}"
            assert isinstance(result.exception, Exception), (name, result.output)
            assert f"may not act as {needed}" in f"{result.exception} {result.output}", (name, result.exception)


def test_a_person_has_the_rights_of_the_role_and_no_more(
    shared_warehouse: Warehouse, arguments: dict[str, list[str]], tmp_path: Path
) -> None:
    shared_warehouse.query("create role anna login in role warehouse_analyst password 'x'")
    try:
        with changed_environment(PGUSER="anna", PGPASSWORD="x", WAREHOUSE_HOME=str(tmp_path)):
            answer = CliRunner().invoke(app, ["query", "select session_user, (select count(*) from marts.dim_grid)"])
            assert "anna" in answer.output
            for name in ("loads", "ingest", "build"):
                refused = CliRunner().invoke(app, [name, *arguments[name]])
                assert "may not act as" in f"{refused.exception} {refused.output}", name
            for statement in (
                "select * from raw.schema_versions",
                "set role warehouse_loader",
                "select pg_advisory_lock(7302)",
            ):
                refused = CliRunner().invoke(app, ["query", statement])
                assert "permission denied" in str(refused.exception), statement
    finally:
        shared_warehouse.query("drop role anna")
