"""Fetch a dataset of a market through the gridstatus library, and load it.

The library pins pandas below 3, so it has an environment of its own: .venv-live, or the interpreter that
WAREHOUSE_LIVE_PYTHON names. If this process can import it, it is called directly.
"""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from loaders.errors import LoadError
from loaders.formats.gridstatus import PUBLISHED
from loaders.ingest import gridstatus_worker
from loaders.ingest.frames import load_frame, to_arrow
from loaders.ingest.pipeline import IngestResult
from loaders.settings import PROJECT_ROOT, settings

SOURCE = "gridstatus"
_MISSING = "The library gridstatus is not installed. Install it into an environment of its own: make live"


def pull(
    iso: str,
    dataset: str,
    start: str,
    end: str | None = None,
    *,
    source: str | None = None,
    metric: str | None = None,
    resolution: str | None = None,
    create_missing: bool = False,
    max_rejects: float | int = 0.1,
    dry_run: bool = False,
) -> IngestResult:
    """Fetch get_DATASET of the market for [start, end), dates or times as ISO 8601, and load it as one load.

    The knowledge time of a frame without publication times is the time of the call (basis observed). Raises
    LoadError when the library is missing or fails; nothing is stored then.
    """
    requested_at = datetime.now(UTC)
    table = fetch(iso, dataset, start, end)
    if not table.num_rows:
        raise LoadError(f"{iso} {dataset} has no rows from {start}{f' to {end}' if end else ''}. Nothing was loaded.")
    read: dict[str, Any] = {"metric": metric, "resolution": resolution}
    if not set(PUBLISHED) & set(table.column_names):
        read["collected_at"] = requested_at
    return load_frame(
        table,
        source=source or SOURCE,
        name=f"{address(iso, dataset)}?start={start}" + (f"&end={end}" if end else ""),
        format="gridstatus",
        grid=iso.upper(),
        create_missing=create_missing,
        max_rejects=max_rejects,
        dry_run=dry_run,
        **read,
    )


def address(iso: str, dataset: str) -> str:
    """Return how the uri of the loads of a dataset begins."""
    return f"gridstatus://{iso.upper()}/{dataset}"


def fetch(iso: str, dataset: str, start: str, end: str | None) -> pa.Table:
    """Return the library's result as an Arrow table. Raises LoadError."""
    if find_spec("gridstatus") is not None:
        try:
            return to_arrow(gridstatus_worker.fetch(iso, dataset, start, end))
        except gridstatus_worker.LibraryError as error:
            raise LoadError(str(error)) from error
    return _fetch_outside(_interpreter(), [iso, dataset, start, end or ""])


def _interpreter() -> Path:
    configured = settings().live_python
    folder = PROJECT_ROOT / ".venv-live"
    choices = [configured] if configured else [folder / "bin" / "python", folder / "Scripts" / "python.exe"]
    interpreter = next((path for path in choices if path.is_file()), None)
    if interpreter is None:
        raise LoadError(
            f"WAREHOUSE_LIVE_PYTHON names {configured}, which is not a file. Correct it." if configured else _MISSING
        )
    return interpreter


def _fetch_outside(interpreter: Path, arguments: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "frame.parquet"
        done = subprocess.run(
            # -P: without it, the modules of this package would be imported as top-level ones.
            [interpreter, "-P", gridstatus_worker.__file__, *arguments, output],
            cwd=folder,
            stdout=sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode or not output.exists():
            lines = done.stderr.strip().splitlines()
            reason = lines[-1] if lines else f"exit code {done.returncode}"
            hint = f" {_MISSING}" if "No module named 'gridstatus'" in reason else ""
            raise LoadError(f"{interpreter} could not fetch the data: {reason}{hint}")
        return pq.read_table(output)
