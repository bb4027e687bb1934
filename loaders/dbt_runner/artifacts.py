"""Files that dbt writes about a build. Its manifest of a few megabytes is left as it is where it would be the same.

dbt writes the manifest twice in each build, which is a fifth of the time of a build in a warm process.
"""

from pathlib import Path
from typing import Any

from loaders.database.connection import client_environment
from loaders.database.logins import TRANSFORMER
from loaders.dbt_runner.build_inputs import hash_project
from loaders.errors import BuildError
from loaders.messages import one_line
from loaders.settings import PROJECT_ROOT, settings

METADATA_BYTES = 2000  # they come first in the file, and name the invocation that wrote it
CONNECTION = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")

# By file: what the manifest that this process wrote last depends on, and the invocation that wrote it.
_written: dict[Path, tuple[tuple[str, ...], str]] = {}


def target_folder() -> Path:
    """Return the folder of the files that dbt generates."""
    return PROJECT_ROOT / "dbt_project" / settings().dbt_target_path


def is_manifest_current(project: str) -> bool:
    """Return whether manifest.json is of this project (its hash) and database, as this process wrote it."""
    path = target_folder() / "manifest.json"
    depends_on, invocation = _written.get(path, ((), ""))
    return depends_on == _depends_on(project) and _was_written_by(path, invocation)


def remember_manifest(project: str) -> None:
    """Note that the last invocation wrote manifest.json, if it did, and the project is still the same."""
    from dbt_common.invocation import get_invocation_id

    path, invocation = target_folder() / "manifest.json", get_invocation_id()
    if project == hash_project() and _was_written_by(path, invocation):
        _written[path] = (_depends_on(project), invocation)


def write_run_results(result: Any) -> None:
    """Write run_results.json, as dbt does with --write-json. result: of the invocation."""
    if not hasattr(result, "write"):
        return
    try:
        result.write(str(target_folder() / "run_results.json"))
    except OSError as error:
        raise BuildError(f"dbt stopped: {one_line(error, 600)}.") from error


def _depends_on(project: str) -> tuple[str, ...]:
    variables = client_environment(TRANSFORMER)
    return (project, *(variables[name] for name in CONNECTION))


def _was_written_by(path: Path, invocation: str) -> bool:
    try:
        with path.open("rb") as file:
            return f'"{invocation}"'.encode() in file.read(METADATA_BYTES)
    except OSError:
        return False
