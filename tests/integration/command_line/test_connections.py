"""Where the database is, and who may use it."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import UNSET, fails, messages, run
from tests.support.warehouses import Warehouse, connect_variables

pytestmark = pytest.mark.usefixtures("shared_warehouse")


def test_a_server_that_does_not_run_is_reported_with_the_next_step(tmp_path: Path) -> None:
    home = {"WAREHOUSE_HOME": str(tmp_path / "home"), **dict.fromkeys(UNSET)}
    for command in (["loads"], ["ingest", "a.csv"], ["status"], ["build"], ["db", "env"]):
        fails(run(*command, **home), " yet. Create it with: make up, or")
    fails(run("loads", PGPORT="1"), "Nothing answers at 127.0.0.1:1.")
    answer = run("db", "stop", **home)
    assert (answer.returncode, messages(answer)) == (0, ["The server was not running."])


@pytest.mark.one_server("a cluster for tests asks for no password")
def test_a_wrong_password_is_reported_and_not_shown(tmp_path: Path) -> None:
    dsn = "postgresql://warehouse:hunter2@127.0.0.1:{PGPORT}/{PGDATABASE}".format(**os.environ)
    wrong = {"WAREHOUSE_DSN": dsn, "WAREHOUSE_HOME": str(tmp_path)}  # where no password is kept
    fails(run("loads", **wrong), "refuses the user warehouse or the password")
    assert "hunter2" not in run("--verbose", "loads", **wrong).stderr
    broken = run("loads", WAREHOUSE_DSN="postgresql://warehouse:hunter2@[broken")
    fails(broken, "WAREHOUSE_DSN cannot be read")
    assert "hunter2" not in broken.stderr


def test_a_setting_that_makes_no_sense_is_wrong_usage() -> None:
    answer = run("loads", PGPORT="many")
    assert answer.returncode == 2
    assert "A setting of the environment is not valid (PGPORT:" in messages(answer)[0]


@pytest.fixture
def stranger(shared_warehouse: Warehouse) -> Iterator[str]:
    """The address of the warehouse for a user who was granted nothing."""
    name = f"stranger_{uuid.uuid4().hex[:8]}"
    shared_warehouse.query(f"create role {name} login password 'x'")
    found = connect_variables()
    yield f"postgresql://{name}:x@127.0.0.1:{found['PGPORT']}/{shared_warehouse.name}"
    shared_warehouse.query(f"drop role {name}")


def test_a_user_who_may_not_write_is_shown_what_to_ask_for(stranger: str, tmp_path: Path) -> None:
    fails(
        run("loads", WAREHOUSE_DSN=stranger, WAREHOUSE_HOME=str(tmp_path)),
        "may not act as warehouse_loader. Grant it with: grant warehouse_loader to",
    )


def test_a_warehouse_without_marts_says_how_to_build_them(empty_warehouse: Warehouse) -> None:
    fails(run("status"), "The marts are not built yet. Build them with: warehouse build")


def test_a_database_without_the_schema_is_one_error(test_server: None) -> None:
    fails(run("loads", PGDATABASE="postgres"))
