"""The library and the command work from any folder and without any environment, as in a cron line."""

import subprocess
import sys
from pathlib import Path

WAREHOUSE = Path(sys.executable).with_name("warehouse")


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with an empty environment."""
    return subprocess.run([*map(str, command)], cwd=folder, env={}, capture_output=True, text=True, timeout=120)


def test_the_library_is_imported_from_any_folder_without_the_paths_of_this_one(tmp_path: Path) -> None:
    script = (
        "import loaders, warehouse as wh; from warehouse import charts; print(wh.latest.__name__, charts.fan.__name__)"
    )
    result = run(tmp_path, sys.executable, "-I", "-c", script)
    assert (result.returncode, result.stdout, result.stderr) == (0, "latest fan\n", "")


def test_a_neighbouring_file_does_not_hide_a_module_of_the_library(tmp_path: Path) -> None:
    for name in ("charts", "query", "session", "files", "settings", "errors"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    result = run(tmp_path, sys.executable, "-c", "import warehouse, loaders; warehouse.latest; loaders.load_frame")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_command_runs_from_any_folder_with_an_empty_environment(tmp_path: Path) -> None:
    result = run(tmp_path, WAREHOUSE, "ingest", "--format", "list")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("long ")
    assert "Usage:" in run(tmp_path, WAREHOUSE, "--help").stdout


def test_the_command_and_the_module_are_the_same(tmp_path: Path) -> None:
    command = run(tmp_path, WAREHOUSE, "ingest", "--format", "list")
    module = run(tmp_path, sys.executable, "-m", "loaders", "ingest", "--format", "list")
    assert command.stdout == module.stdout
