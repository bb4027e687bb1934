"""The command line as a user or a scheduler meets it: exit codes, one clear sentence, results apart from messages."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, connect_variables

HEADER = "grid,region,node,metric,interval_start,collected_at,value\n"
UNSET = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "WAREHOUSE_DSN", "WAREHOUSE_PORT")
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


def run(*arguments: str, **variables: str | None) -> subprocess.CompletedProcess:
    """The command in a process of its own, with these variables set or (None) removed."""
    environment = {name: value for name, value in {**os.environ, **variables}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "loaders", *arguments],
        cwd=PROJECT_ROOT, env={**environment, "COLUMNS": "300"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def messages(answer: subprocess.CompletedProcess) -> list[str]:
    assert "Traceback" not in answer.stdout + answer.stderr
    return [line for line in answer.stderr.splitlines() if line.strip()]


def fails(answer: subprocess.CompletedProcess, *parts: str) -> None:
    """Exit 1, nothing for stdout, and one line that says what is wrong."""
    said = messages(answer)
    assert (answer.returncode, answer.stdout, len(said)) == (1, "", 1), answer
    assert said[0].startswith("error: ")
    for part in parts:
        assert part in said[0]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of a few rows of a grid that no other test uses; bad: how many more rows hold no number."""

    def write(good: int = 2, bad: int = 0, name: str = "a.csv") -> Path:
        grid = f"grid-{uuid.uuid4()}"
        values = ["1.5"] * good + ["much"] * bad
        lines = [
            f"{grid},R,N{number},load,2024-01-01T00:00Z,2024-01-01T09:00Z,{v}\n" for number, v in enumerate(values)
        ]
        path = tmp_path / name
        path.write_text(HEADER + "".join(lines))
        return path

    return write


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["ingest", "a.csv", "--colour", "red"], "No such option: --colour"),
        (["loads", "--limit", "many"], "Invalid value for '--limit': Input should be a valid integer"),
        (["loads", "--limit", "0"], "Invalid value for '--limit'"),
        (["loads", "--status", "lost"], "There is no status 'lost'; choose one of"),
        (["accept", "1"], "Missing option '--why'"),
        (["rejects"], "Missing argument"),
        (["rejects", "first"], "Input should be a valid integer"),
        (["ingest"], "Name at least one file, folder or glob to ingest."),
        (["ingest", "a.csv", "--format", "guess"], "There is no format 'guess'; choose one of long,"),
        (["ingest", "a.csv", "--max-rejects", "some"], "--max-rejects some is neither a number of rows nor"),
        (["ingest", "a.csv", "--max-rejects", "101%"], "--max-rejects 101% is neither"),
        (["ingest", "a.csv", "--map", "value"], "--map value is not of the form theirs=ours."),
        (["ingest", "a.csv", "--map", "a=b"], "Column 'a' is mapped to 'b'; map it to one of"),
        (["ingest", "a.csv", "--collected-at", "noon"], "--collected-at noon is no time"),
        (["ingest", "a.csv", "--collected-at", "2024-01-01"], "has no offset"),
        (["ingest", "a.csv", "--time-zone", "Mars/Base"], "Unknown time zone 'Mars/Base'"),
        (["ingest", "a.csv", "--create-missing", "--grid-time-zone", "Mars"], "Unknown time zone 'Mars'"),
        (["ingest", "a.csv", "--jobs", "0"], "Invalid value for '--jobs'"),
        (["ingest", "no/such/*.csv"], "no/such/*.csv holds no file; check the path."),
        (["check", "everything"], "There is no gate 'everything'; choose raw or marts."),
        (["query", "drop table raw.loads"], "The query is refused:"),
        (["query", "select * from raw.loads"], "The query is refused: permission denied"),
        (["query", "selec"], "The query is refused: syntax error"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_and_exits_2(arguments: list[str], said: str) -> None:
    answer = run(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in " ".join(" ".join(messages(answer)).split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rejects", "999999"], "Unknown load 999999. List the loads with: python -m loaders loads"),
        (["accept", "999999", "--why", "test"], "Unknown load 999999"),
        (["withdraw", "999999", "--why", "test"], "Unknown load 999999"),
        (["register", "nowhere.yml"], "nowhere.yml: there is no such file; check the path."),
    ],
)
def test_what_is_not_there_is_told_and_exits_1(arguments: list[str], said: str) -> None:
    fails(run(*arguments), said)


def test_a_traceback_is_shown_to_who_asks_for_it() -> None:
    answer = run("--verbose", "accept", "999999", "--why", "test")
    assert answer.returncode == 1
    assert "Traceback" in answer.stderr
    assert "LoadError: Unknown load 999999" in answer.stderr


def test_a_file_is_loaded_with_its_result_on_stdout_and_nothing_else(file: Callable[..., Path]) -> None:
    answer = run("ingest", str(file()), "--create-missing", "--grid-time-zone", "Europe/Berlin")
    assert (answer.returncode, messages(answer)) == (0, [])
    header, line = answer.stdout.splitlines()
    assert header.split()[:5] == ["from", "load", "status", "read", "inserted"]
    assert line.split()[2:7] == ["accepted", "2", "2", "0", "0"]


def test_a_missing_file_fails_and_the_other_is_loaded(file: Callable[..., Path]) -> None:
    answer = run("ingest", "missing.csv", str(file()), "--create-missing", "--grid-time-zone", "UTC")
    assert answer.returncode == 1
    assert messages(answer) == ["error: missing.csv: there is no such file; check the path."]
    assert [("failed" in line, "accepted" in line) for line in answer.stdout.splitlines()[1:]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(file: Callable[..., Path]) -> None:
    path = file()
    path.chmod(0)
    answer = run("ingest", str(path))
    assert answer.returncode == 1
    assert "permissions" in messages(answer)[0]


def test_a_load_that_the_gate_holds_exits_1_and_can_be_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + f"{uuid.uuid4()},R,N,load,2024-01-01T00:00Z,2024-01-01T09:00Z,9e9\n")
    held = run("ingest", str(path), "--create-missing", "--json")
    assert held.returncode == 1
    (found,) = json.loads(held.stdout)
    assert (found["status"], found["failed_rules"]) == ("held", ["load_range"])
    accepted = run("accept", str(found["load_id"]), "--why", "a test")
    assert accepted.returncode == 0
    assert f"Load {found['load_id']} is accepted" in accepted.stdout
    again = run("accept", str(found["load_id"]), "--why", "a test")
    assert (again.returncode, "nothing changed" in again.stdout) == (0, True)
    ledger = json.loads(run("loads", "--json", "--status", "accepted").stdout)
    assert ledger[0]["load_id"] == found["load_id"]
    assert ledger[0]["why"] == "a test"


def test_json_is_what_a_machine_can_read(file: Callable[..., Path], tmp_path: Path) -> None:
    (loaded,) = json.loads(run("ingest", str(file(10, 1)), "--create-missing", "--json").stdout)
    assert (loaded["rows_read"], loaded["rows_inserted"], loaded["rows_rejected"]) == (11, 10, 1)
    load_id = str(loaded["load_id"])
    (rejected,) = json.loads(run("rejects", load_id, "--json").stdout)
    assert (rejected["row_number"], rejected["reason"], rejected["payload"]["value"]) == (11, "bad_number", "much")
    assert json.loads(run("loads", "--json", "--limit", "1").stdout)[0]["load_id"] == loaded["load_id"]
    assert json.loads(run("status", "--json").stdout)["loads_accepted"] >= 0
    assert json.loads(run("db", "status", "--json").stdout)["running"] is True
    assert json.loads(run("query", "select 1 as one, null as nothing", "--json").stdout) == [
        {"one": 1, "nothing": None}
    ]
    export = run("rejects", load_id, "--export", str(tmp_path / "bad.csv"))
    assert (export.returncode, export.stdout) == (0, "")
    fails(run("rejects", load_id, "--export", str(tmp_path / "no" / "bad.csv")), "cannot be written")


def test_an_empty_list_is_an_empty_list(shared_warehouse: Warehouse) -> None:
    assert json.loads(run("loads", "--json", "--status", "withdrawn").stdout) == []
    assert run("loads", "--status", "withdrawn").returncode == 0


def test_a_reader_that_goes_away_is_left_in_peace() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "loaders", "query", "select generate_series(1, 50000)", "--limit", "50000"]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert answer.stderr == ""


# Where the database is, and who may use it


def test_a_server_that_does_not_run_is_told_with_the_next_step(tmp_path: Path) -> None:
    home = {"WAREHOUSE_HOME": str(tmp_path / "home"), **dict.fromkeys(UNSET)}
    for command in (["loads"], ["ingest", "a.csv"], ["status"], ["build"], ["db", "env"]):
        fails(run(*command, **home), "is not running. Start it with: warehouse db start")
    fails(run("loads", PGPORT="1"), "Nothing answers at 127.0.0.1:1.")
    answer = run("db", "stop", **home)
    assert (answer.returncode, messages(answer)) == (0, ["The server was not running."])


def test_a_wrong_password_is_told_and_not_shown() -> None:
    dsn = "postgresql://warehouse:hunter2@127.0.0.1:{PGPORT}/{PGDATABASE}".format(**os.environ)
    fails(run("loads", WAREHOUSE_DSN=dsn), "refuses the user warehouse or the password")
    assert "hunter2" not in run("--verbose", "loads", WAREHOUSE_DSN=dsn).stderr
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


def test_a_user_who_may_not_write_is_told_what_to_ask_for(stranger: str) -> None:
    fails(
        run("loads", WAREHOUSE_DSN=stranger),
        "may not act as warehouse_loader. Grant it with: grant warehouse_loader to",
    )


def test_a_warehouse_without_marts_says_how_to_build_them(empty_warehouse: Warehouse) -> None:
    fails(run("status"), "The marts are not built yet; build them with: python -m loaders build")


def test_a_database_without_the_schema_is_one_error(test_server: None) -> None:
    fails(run("loads", PGDATABASE="postgres"))


# What runs behind a command


def test_a_model_that_fails_is_named_with_how_to_run_it(tmp_path: Path) -> None:
    project = shutil.copytree(
        PROJECT_ROOT / "dbt_project", tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")
    )
    (project / "models" / "staging" / "stg_loads.sql").write_text("select nonsense from {{ source('raw', 'loads') }}\n")
    answer = run("build", "--", "--project-dir", str(project), "--select", "stg_loads")
    assert answer.returncode == 1
    last = messages(answer)[-1]
    assert last.startswith("error: dbt: model stg_loads failed")
    assert 'column "nonsense" does not exist' in last
    assert "python -m loaders build -- --select stg_loads" in last


def test_arguments_that_dbt_does_not_know_are_one_error() -> None:
    answer = run("build", "--", "--no-such-flag")
    assert answer.returncode in (1, 2)
    assert "--no-such-flag" in messages(answer)[-1]


def test_a_selection_of_nothing_builds_nothing_and_says_so() -> None:
    answer = run("build", "--", "--select", "no_such_model")
    assert "no_such_model" in answer.stdout + answer.stderr
    messages(answer)


def test_a_notebook_that_fails_is_named_with_its_cell(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    script = (
        "import pathlib, sys\nimport loaders.bootstrap\nfrom loaders.reports.notebook_runner import run_notebooks\n"
        "folder = pathlib.Path(sys.argv.pop())\n"
        "loaders.bootstrap.bring_up = lambda *_: run_notebooks(None, folder, folder / 'out')\n"
        "from loaders.cli import main\nmain()\n"
    )
    command = [sys.executable, "-c", script, "up", str(tmp_path)]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert answer.returncode == 1
    assert messages(answer)[-1].startswith(
        "error: Notebook broken.ipynb failed at cell 1 of 1: ZeroDivisionError: division by zero."
    )


# Help


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
    sys.argv = ["loaders", *path, "--help"]
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
        "loads",
        "rejects",
        "accept",
        "withdraw",
        "check",
        "build",
        "status",
    } <= set(found["texts"])
    for name, text in found["texts"].items():
        assert f"python -m loaders {name}".strip() in text or "Usage:" in text, name
        assert "--help" in text, name
    assert found["heavy"] == []


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    answer = run()
    assert "Usage:" in answer.stdout + answer.stderr
    assert answer.returncode in (0, 2)
