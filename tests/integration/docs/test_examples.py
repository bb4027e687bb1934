"""The examples of README and docs/ run as they are written, on the sample data."""

import doctest
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import warehouse as wh

import loaders
from loaders.demo.seed_loader import load_seed
from tests.support.documentation import Block, blocks, hand_written_pages
from tests.support.running_service import service_process
from tests.support.warehouses import Warehouse

ALL = [block for page in hand_written_pages() for block in blocks(page)]
PYTHON_PAGES = [page for page in hand_written_pages() if any(block.language == "python" for block in blocks(page))]
SHELL = [block for block in ALL if block.language == "sh" and block.runnable]
SQL = [block for block in ALL if block.language == "sql"]
NOTHING_IN_THE_SAMPLE = ("check_results", "flags", "gate_results")
FILES = {"csv": "measures.csv", "yaml": "tso1.yml"}


@pytest.fixture(scope="module")
def sample(shared_warehouse: Warehouse) -> Warehouse:
    """A warehouse with the sample data, as after `make up`, and a third load that the pages decide on."""
    load_seed(2, 7)
    third = {"grid": "G", "region": "R", "node": "N", "metric": "load", "interval_start": "2026-04-01T00:00Z"}
    shared_warehouse.deliver(pd.DataFrame([{**third, "collected_at": "2026-03-31T00:00Z", "value": 1.0}]))
    shared_warehouse.apply_loads()
    return shared_warehouse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the pages ask the reader to save."""
    for block in ALL:
        if block.language in FILES and block.page.name in ("tutorial.md", "register.md"):
            (tmp_path / FILES[block.language]).write_text(block.text, encoding="utf-8")
    return tmp_path


def run(folder: Path, *command: str) -> None:
    """Run a command in a folder; the command `warehouse` of this environment is found."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_the_calls_of_the_readme_return_values(sample: Warehouse) -> None:
    calls = [line for line in python_code(Path("README.md")).splitlines() if line.startswith("wh.")]
    assert len(calls) == 3
    for call in calls:
        frame = eval(call, {"wh": wh})
        assert frame["value"].notna().any(), call


def python_code(page: Path) -> str:
    """Return the Python blocks of a page as one program: they build on each other."""
    return "\n".join(block.text for block in blocks(page) if block.language == "python")


@pytest.mark.parametrize("page", PYTHON_PAGES, ids=str)
def test_python_examples_run(sample: Warehouse, folder: Path, page: Path) -> None:
    run(folder, sys.executable, "-c", python_code(page))


@pytest.mark.parametrize("name", sorted(name for name in wh.__all__ if inspect.isfunction(getattr(wh, name))))
def test_the_example_of_each_read_function_returns_rows(
    sample: Warehouse, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(getattr(wh, name)) or "")
    assert examples, f"wh.{name} has no example."
    for example in examples:
        result = eval(example.source, {"wh": wh})
        if example.want:
            assert repr(result) == example.want.strip()
        elif name == "to_excel":
            assert Path("values.xlsx").is_file()
        else:
            assert isinstance(result, pd.DataFrame)
            assert len(result) > 0 or name in NOTHING_IN_THE_SAMPLE


def test_the_examples_of_the_loaders_give_what_they_show(sample: Warehouse, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = "North,Coast,Harbour,load,2026-03-01T0{}:00Z,2026-03-01T03:00Z,{}.5"
    lines = ["grid,region,node,metric,interval_start,collected_at,value", row.format(2, 801), row.format(3, 799)]
    Path("load.csv").write_text("\n".join(lines), encoding="utf-8")
    # In this order, because the later ones use what the earlier ones stored.
    ordered = ["register", "inspect_frame", "load_frame", "correct", "ingest_files"]
    assert set(ordered) == {name for name in loaders.__all__ if inspect.isfunction(getattr(loaders, name))}
    for name in ordered:
        [example] = doctest.DocTestFinder(recurse=False).find(getattr(loaders, name), name, globs={})
        assert example.examples, f"loaders.{name} has no example."
        assert doctest.DocTestRunner().run(example).failed == 0, name


@pytest.mark.parametrize("block", SQL, ids=str)
def test_sql_examples_run_and_queries_return_rows(sample: Warehouse, block: Block) -> None:
    text = re.sub("--.*", "", block.text)
    with sample.connect(None, autocommit=False) as connection:
        for statement in filter(str.strip, text.split(";")):
            cursor = connection.execute(statement)
            assert cursor.description is None or cursor.fetchone() is not None, statement
        connection.rollback()


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_examples_run(sample: Warehouse, folder: Path, block: Block) -> None:
    run(folder, "bash", "-euo", "pipefail", "-c", block.text)


def test_the_commands_of_the_http_tutorial_run(sample: Warehouse, folder: Path) -> None:
    commands = "\n".join(block.text for block in blocks(Path("docs/tutorial-http.md")) if block.language == "sh")
    only_rows = "warehouse build -- --selector what_a_load_changes"
    with service_process() as address:
        commands = commands.replace("http://127.0.0.1:8800", address).replace("warehouse build", only_rows)
        run(folder, "bash", "-euo", "pipefail", "-c", commands)
    assert len(json.loads((folder / "page.json").read_text())) == 100
    assert json.loads((folder / "measure.json").read_text())[0]["value"] == 41.5
