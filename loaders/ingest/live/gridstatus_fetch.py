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
from loaders.ingest.frames import load_frame, to_arrow
from loaders.ingest.live import gridstatus_worker
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.settings import PROJECT_ROOT, settings

SOURCE = "gridstatus"
_MISSING = "The library gridstatus is not installed. Install it into an environment of its own: make live"


def pull(dataset: LiveDataset, start: str, end: str | None, options: IngestOptions) -> IngestResult:
    """Fetch get_DATASET of the market for [start, end), dates or times as ISO 8601, and load it as one load.

    The knowledge time of a frame without publication times is the time of the call (basis observed). Raises
    LoadError when the library is missing or fails; nothing is stored then.
    """
    requested_at = datetime.now(UTC)
    table = fetch(dataset.iso, dataset.name, start, end)
    if not table.num_rows:
        raise LoadError(
            f"{dataset.iso} {dataset.name} has no rows from {start}{f' to {end}' if end else ''}. Nothing was loaded."
        )
    read: dict[str, Any] = {"metric": dataset.metric, "resolution": dataset.resolution}
    if not set(PUBLISHED) & set(table.column_names):
        read["collected_at"] = requested_at
    return load_frame(
        table,
        source=dataset.source or SOURCE,
        name=f"{address(dataset)}?start={start}" + (f"&end={end}" if end else ""),
        format="gridstatus",
        grid=dataset.iso.upper(),
        create_missing=options.create_missing,
        max_rejects=options.max_rejects,
        dry_run=options.dry_run,
        **read,
    )


def address(dataset: LiveDataset) -> str:
    """Return how the uri of the loads of a dataset begins."""
    return f"gridstatus://{dataset.iso.upper()}/{dataset.name}"


def fetch(iso: str, name: str, start: str, end: str | None) -> pa.Table:
    """Return the library's result as an Arrow table. Raises LoadError."""
    if find_spec("gridstatus") is not None:
        try:
            return to_arrow(gridstatus_worker.fetch(iso, name, start, end))
        except gridstatus_worker.LibraryError as error:
            raise LoadError(str(error)) from error
    return _fetch_outside(_interpreter(), [iso, name, start, end or ""])


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
