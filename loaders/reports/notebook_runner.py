"""Run notebooks from top to bottom in new kernels of this interpreter."""

import ast
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loaders.database.connection import reader_environment
from loaders.errors import NotebookError, UnknownNotebook
from loaders.files import atomic_write, make_private_folder
from loaders.messages import one_line, sentence, suggest_names
from loaders.settings import NOTEBOOKS, PROJECT_ROOT

REPORTS = PROJECT_ROOT / "reports" / "notebooks"
CELL_SECONDS = 300
PARAMETERS = "parameters"
INJECTED = "injected-parameters"


@dataclass(frozen=True)
class NotebookResult:
    """One notebook that ran: its name, the executed copy with its outputs, the number of code cells, the wall clock."""

    name: str
    path: Path
    cells: int
    seconds: float


def run_notebooks(
    names: Sequence[str] | None = None,
    folder: Path = NOTEBOOKS,
    output: Path = REPORTS,
    cell_seconds: int = CELL_SECONDS,
    on_start: Callable[[str], None] = lambda name: None,
) -> list[NotebookResult]:
    """Run notebooks one after the other, in the order of their names; None: all of the folder.

    names: with or without `.ipynb`. The notebooks stay as they are, executed copies go to `output`.
    Raises NotebookError at the first cell that fails or takes longer than `cell_seconds`; the copy shows how far.
    """
    paths = find_notebooks(names, folder)
    try:
        make_private_folder(output)
    except OSError as error:
        raise NotebookError(
            f"The folder {output} cannot be created ({error.strerror}). Choose another folder."
        ) from error
    results = []
    for path in paths:
        on_start(path.stem)
        results.append(_run(path, output / path.name, cell_seconds))
    return results


def find_notebooks(names: Sequence[str] | None = None, folder: Path = NOTEBOOKS) -> list[Path]:
    """Return the paths of notebooks by name, with or without `.ipynb`; None: all of the folder, in order.

    Raises UnknownNotebook with similar names.
    """
    available = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if names is None:
        return list(available.values())
    paths = []
    for name in names:
        stem = name.removesuffix(".ipynb")
        if stem not in available:
            hint = suggest_names(stem, available) if available else "The folder has no notebook."
            raise UnknownNotebook(f"There is no notebook {name} in {folder}. {hint}")
        paths.append(available[stem])
    return paths


def numbered_notebooks(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the names of the project's own notebooks, such as 01_start_here, without those that a user keeps there."""
    return [path.stem for path in find_notebooks(None, folder) if re.match(r"\d\d_", path.stem)]


def _run(path: Path, copy: Path, cell_seconds: int) -> NotebookResult:
    started = time.perf_counter()
    notebook = read_notebook(path)
    try:
        execute(notebook, path, cell_seconds, f" Open {copy} to see it in place.")
    finally:
        _write(notebook, copy)
    return NotebookResult(path.stem, copy, count_code(notebook), time.perf_counter() - started)


def read_notebook(path: Path) -> Any:
    """Return the notebook, of nbformat 4. Raises NotebookError where the file is not a notebook."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path} cannot be read as a notebook ({one_line(error)}). Restore it from git.") from error


def declared_parameters(notebook: Any, name: str) -> dict[str, Any]:
    """Return parameters and their defaults, in order: the assignments in the cells tagged `parameters`.

    Raises NotebookError where a cell does more than assign.
    """
    cells = [cell for cell in notebook.cells if PARAMETERS in cell.metadata.get("tags", [])]
    try:
        statements = ast.parse("\n".join(cell.source for cell in cells)).body
        assignments = [statement for statement in statements if isinstance(statement, ast.Assign)]
        if len(assignments) < len(statements):
            raise ValueError("not only assignments")
        names = [(target, statement.value) for statement in assignments for target in statement.targets]
        return {ast.unparse(target): ast.literal_eval(value) for target, value in names}
    except (SyntaxError, ValueError, TypeError) as error:
        raise NotebookError(
            f"The parameters of {name} are not plain assignments. Fix its cell tagged {PARAMETERS}."
        ) from error


def read_parameter(text: str, default: Any) -> Any:
    """Return a parameter as written on a command line: None, True, a number, a list, or else the text itself.

    Where the default is a text, the value is the text.
    """
    if isinstance(default, str):
        return text
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text
    return value if value is None or isinstance(value, bool | int | float | str | list) else text


def inject_parameters(notebook: Any, values: Mapping[str, Any]) -> Any:
    """Return the notebook with a cell after the tagged one that assigns other values."""
    from papermill.parameterize import parameterize_notebook

    # As papermill's own reader leaves a notebook.
    notebook.metadata.setdefault("papermill", {})
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    notebook = parameterize_notebook(notebook, dict(values), kernel_name="python3", language="python")
    for cell in notebook.cells:
        if INJECTED in cell.metadata["tags"]:
            cell.id = INJECTED  # a random one otherwise, so that no two pages would be the same
    return notebook


def execute(notebook: Any, path: Path, cell_seconds: int = CELL_SECONDS, advice: str = "") -> None:
    """Run all cells of a notebook that was read from `path`, in its folder; the outputs are put into it.

    Raises NotebookError with the cell that failed and why, followed by `advice`; it holds the outputs so far then.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    try:
        with _client(notebook, path.parent, cell_seconds) as run:
            run()
    except _StoppedBySignal:
        raise _failed(path, notebook, "it was stopped from outside (Ctrl-C or SIGTERM).", advice) from None
    except CellExecutionError as error:
        raise _failed(path, notebook, f"{error.ename}: {sentence(error.evalue)}", advice) from None
    except CellTimeoutError:
        raise _failed(path, notebook, f"no answer within {cell_seconds} s.", advice) from None
    except DeadKernelError:
        raise _failed(path, notebook, "its kernel died, perhaps out of memory.", advice) from None
    except RuntimeError as error:  # before the first cell
        message = f"The kernel of {path.name} does not start. Install requirements.lock again. {sentence(error)}"
        raise NotebookError(message) from error


def count_code(notebook: Any) -> int:
    """Return the number of code cells of the file."""
    return sum(cell.cell_type == "code" for cell in _own_cells(notebook))


@contextmanager
def _client(notebook: Any, folder: Path, cell_seconds: int) -> Iterator[Callable[[], Any]]:
    """Yield how to execute the notebook as the analyst, without the user's kernels and start-up files."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="wk-", ignore_cleanup_errors=True) as scratch:
        kernel = AsyncKernelManager(
            kernel_name="python3",
            # No folders to look in: `python3` is then the ipykernel of this interpreter.
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(Path(scratch) / "kernel.json"),
            **_private_sockets(scratch),
        )
        where = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, km=kernel, timeout=cell_seconds, resources=where, store_widget_state=False)
        variables = {
            **os.environ,
            **reader_environment(),
            "IPYTHONDIR": scratch,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        # What the kernel process itself writes, such as a traceback of its own while it is being stopped, is not for
        # the user: what a cell writes is in the outputs.
        with (Path(scratch) / "kernel.log").open("w") as log:
            yield lambda: _run_until_signal(client, env=variables, stderr=log)


class _StoppedBySignal(Exception):
    """SIGINT or SIGTERM came while a notebook ran; its kernel has been stopped."""


def _run_until_signal(client: Any, **start_options: Any) -> None:
    try:
        client.execute(cleanup_kc=True, **start_options)
    except Exception as error:
        # nbclient stops the kernel on a signal, and then fails in one of several ways because it has none.
        if hasattr(client, "_async_cleanup_kernel_future"):
            raise _StoppedBySignal from error
        raise


def _private_sockets(scratch: str) -> dict[str, str]:
    """Return sockets in a private folder instead of ports that other users of the machine can reach."""
    return {"transport": "ipc", "ip": str(Path(scratch) / "k")} if os.name == "posix" else {}


def _failed(path: Path, notebook: Any, reason: str, advice: str) -> NotebookError:
    cells = _own_cells(notebook)
    number = next((position for position, cell in enumerate(cells, start=1) if _has_error(cell)), None)
    if number is None:  # timed out or died: the last one that was started
        started = [position for position, cell in enumerate(cells, start=1) if "execution" in cell.metadata]
        number = started[-1] if started else 1
    return NotebookError(f"Notebook {path.name} failed at cell {number} of {len(cells)}: {reason}{advice}")


def _own_cells(notebook: Any) -> list[Any]:
    """Return the cells of the file, without the one that assigns other parameters."""
    return [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]


def _has_error(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _write(notebook: Any, copy: Path) -> None:
    import nbformat

    try:
        atomic_write(copy, nbformat.writes(notebook) + "\n")
    except OSError as error:
        raise NotebookError(
            f"The executed copy {copy} cannot be written ({error.strerror}). Fix the permissions of its folder."
        ) from error
