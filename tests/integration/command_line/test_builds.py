"""What runs behind a command: dbt and notebooks."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from loaders.settings import PROJECT_ROOT
from tests.support.commands import messages, run

pytestmark = pytest.mark.usefixtures("shared_warehouse")


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
    assert "warehouse build -- --select stg_loads" in last


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
