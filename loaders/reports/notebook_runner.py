"""Notebooks, run from top to bottom in fresh kernels of this very interpreter."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from loaders.database.connection import client_environment
from loaders.database.logins import ANALYST
from loaders.errors import NotebookError, UnknownNotebook
from loaders.settings import NOTEBOOKS, PROJECT_ROOT

REPORTS = PROJECT_ROOT / "reports" / "notebooks"
CELL_SECONDS = 300


@dataclass(frozen=True)
class NotebookResult:
    """One notebook that ran: its name, the executed copy with its outputs, how many code cells, and the wall clock."""

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
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotebookError(
            f"The folder {output} cannot be made ({error.strerror}); choose another or mend it."
        ) from error
    results = []
    for path in paths:
        on_start(path.stem)
        results.append(_run(path, output / path.name, cell_seconds))
    return results


def find_notebooks(names: Sequence[str] | None = None, folder: Path = NOTEBOOKS) -> list[Path]:
    """The paths of notebooks by name, with or without `.ipynb`; None: all of the folder, in the order of their names.

    Raises UnknownNotebook with the nearest names.
    """
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if names is None:
        return list(known.values())
    paths = []
    for name in names:
        stem = name.removesuffix(".ipynb")
        if stem not in known:
            near = get_close_matches(stem, known, n=3, cutoff=0.4) or list(known)
            raise UnknownNotebook(
                f"There is no notebook {name} in {folder}; there is {', '.join(near) or 'none at all'}."
            )
        paths.append(known[stem])
    return paths


def _run(path: Path, copy: Path, cell_seconds: int) -> NotebookResult:
    started = time.perf_counter()
    notebook = read_notebook(path)
    try:
        execute(notebook, path, cell_seconds, f" Open {copy} to see it in place.")
    finally:
        _write(notebook, copy)
    return NotebookResult(path.stem, copy, count_code(notebook), time.perf_counter() - started)


def read_notebook(path: Path) -> Any:
    """The notebook, of nbformat 4; raises NotebookError where the file holds none."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise NotebookError(
            f"{path} cannot be read as a notebook ({_one_line(error)}); restore it from git."
        ) from error


def execute(notebook: Any, path: Path, cell_seconds: int = CELL_SECONDS, advice: str = "") -> None:
    """Run all cells of a notebook that was read from `path`, in its folder; the outputs are put into it.

    Raises NotebookError with the cell that failed and why, followed by `advice`; it holds the outputs so far then.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    try:
        with _client(notebook, path.parent, cell_seconds) as run:
            run()
    except CellExecutionError as error:
        raise _failed(path, notebook, f"{error.ename}: {_one_line(error.evalue)}", advice) from None
    except CellTimeoutError:
        raise _failed(path, notebook, f"no answer within {cell_seconds} s.", advice) from None
    except DeadKernelError:
        raise _failed(path, notebook, "its kernel died, perhaps out of memory.", advice) from None
    except RuntimeError as error:  # before the first cell
        said = f"The kernel of {path.name} does not start; install requirements.txt again. {_one_line(error)}"
        raise NotebookError(said) from error


def count_code(notebook: Any) -> int:
    """How many code cells of its own a notebook has."""
    return sum(cell.cell_type == "code" for cell in _own_cells(notebook))


@contextmanager
def _client(notebook: Any, folder: Path, cell_seconds: int) -> Iterator[Callable[[], Any]]:
    """How to execute the notebook, in its folder, connected; kernels and start-up files of the user play no part."""
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
            **client_environment(ANALYST),
            "IPYTHONDIR": scratch,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        yield lambda: client.execute(env=variables, cleanup_kc=True)


def _private_sockets(scratch: str) -> dict[str, str]:
    """Sockets in a folder of our own rather than ports that other users of the machine can reach."""
    return {"transport": "ipc", "ip": str(Path(scratch) / "k")} if os.name == "posix" else {}


def _failed(path: Path, notebook: Any, reason: str, advice: str) -> NotebookError:
    cells = _own_cells(notebook)
    number = next((place for place, cell in enumerate(cells, start=1) if _has_error(cell)), None)
    if number is None:  # timed out or died: the last one that was begun
        begun = [place for place, cell in enumerate(cells, start=1) if "execution" in cell.metadata]
        number = begun[-1] if begun else 1
    return NotebookError(f"Notebook {path.name} failed at cell {number} of {len(cells)}: {reason}{advice}")


def _own_cells(notebook: Any) -> list[Any]:
    """The cells of the file, by whose numbers people find them: not the one that brings other parameters."""
    return [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]


def _has_error(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _write(notebook: Any, copy: Path) -> None:
    import nbformat

    partial = copy.with_suffix(".partial")
    try:
        nbformat.write(notebook, partial)
        partial.replace(copy)
    except OSError as error:
        raise NotebookError(
            f"The executed copy {copy} cannot be written ({error.strerror}); mend the folder."
        ) from error


def _one_line(error: object, limit: int = 400) -> str:
    text = " ".join(str(error).split())
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return text if text.endswith((".", "?", "!", "…")) else text + "."
