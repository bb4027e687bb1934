"""Fetch a dataset of a market through the gridstatus library, and load it.

The library pins pandas below 3, so it has an environment of its own: .venv-live, or the interpreter that
WAREHOUSE_LIVE_PYTHON names. If this process can import it, it is called directly.
"""

import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from loaders.database.connection import connect
from loaders.database.sql_files import read_sql
from loaders.errors import LoadError, UsageError
from loaders.formats.gridstatus import PUBLISHED
from loaders.ingest import gridstatus_worker
from loaders.ingest.frames import load_frame, to_arrow
from loaders.ingest.pipeline import IngestResult
from loaders.settings import PROJECT_ROOT, settings

_MISSING = (
    "The library gridstatus is not installed. Install it into an environment of its own: python3 -m venv .venv-live && "
    ".venv-live/bin/pip install -r requirements-live.txt"
)


def pull(
    iso: str,
    dataset: str,
    start: str,
    end: str | None = None,
    *,
    source: str = "gridstatus",
    metric: str | None = None,
    resolution: str | None = None,
    create_missing: bool = False,
    max_rejects: float | int = 0.1,
    dry_run: bool = False,
) -> IngestResult:
    """Fetch get_DATASET of the market for [start, end), dates or times as ISO 8601, and load it as one load.

    The knowledge time of a frame without publication times is the time of the call (basis observed). Raises UsageError
    for invalid dates, LoadError when the library is missing or fails; nothing is stored then.
    """
    _check(start, end)
    requested_at = datetime.now(UTC)
    table = fetch(iso, dataset, start, end)
    if not table.num_rows:
        raise LoadError(f"{iso} {dataset} has no rows from {start}{f' to {end}' if end else ''}. Nothing was loaded.")
    read: dict[str, Any] = {"metric": metric, "resolution": resolution}
    if not set(PUBLISHED) & set(table.column_names):
        read["collected_at"] = requested_at
    return load_frame(
        table,
        source=source,
        name=f"{_address(iso, dataset)}?start={start}" + (f"&end={end}" if end else ""),
        format="gridstatus",
        grid=iso.upper(),
        create_missing=create_missing,
        max_rejects=max_rejects,
        dry_run=dry_run,
        **read,
    )


def start_since_last(iso: str, dataset: str, source: str, first_start: str | None, overlap_days: int = 1) -> str:
    """Return the day from which to fetch what is new: that many days before the end of what was pulled.

    first_start: where to begin if nothing was pulled yet. The days that overlap bring what was corrected meanwhile.
    Raises UsageError where nothing was pulled and first_start is None.
    """
    parameters = {"uri_start": f"{_address(iso, dataset)}?", "source": source}
    with connect() as connection:
        row = connection.execute(read_sql("loaders.ingest", "newest_pull"), parameters).fetchone()
    reached: datetime | None = row[0] if row else None
    if reached is not None:
        return (reached.astimezone(UTC) - timedelta(days=overlap_days)).date().isoformat()
    if first_start is None:
        raise UsageError(
            f"No load of {iso.upper()} {dataset} of the source {source} exists yet. State where to begin with --start."
        )
    return first_start


def _address(iso: str, dataset: str) -> str:
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


def _check(start: str, end: str | None) -> None:
    times = []
    for text in (start, end):
        try:
            times.append(None if text is None else datetime.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{text} is not a date. Write for example {date(2024, 5, 1)}.") from None
    first, last = times
    if first and last and (first.tzinfo is None) == (last.tzinfo is None) and last <= first:
        raise UsageError(f"The end {end} is not after the start {start}.")
