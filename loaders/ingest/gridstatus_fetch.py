"""Fetch a dataset of a market through the gridstatus library, and load it.

The library pins pandas below 3, so it lives in an environment of its own: .venv-live, or the interpreter that
WAREHOUSE_LIVE_PYTHON names. Where this process can import it, it is called right here.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa

from loaders.errors import LoadError, UsageError
from loaders.formats.gridstatus import PUBLISHED
from loaders.ingest import gridstatus_worker as live
from loaders.ingest.frames import load_frame, to_arrow
from loaders.ingest.pipeline import Ingested
from loaders.settings import PROJECT_ROOT

_MISSING = (
    "The library gridstatus is not installed. Give it an environment of its own: python3 -m venv .venv-live && "
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
) -> Ingested:
    """Fetch get_DATASET of the market for [start, end), dates or times as ISO 8601, and load it as one load.

    A frame without publication times is known from the moment of the call (basis observed). Raises UsageError for dates
    that make no sense, LoadError where the library is missing or fails; nothing is stored then.
    """
    _check(start, end)
    asked = datetime.now(UTC)
    table = fetch(iso, dataset, start, end)
    if not table.num_rows:
        raise LoadError(f"{iso} {dataset} has no rows from {start}{f' to {end}' if end else ''}; nothing was loaded.")
    said = {"metric": metric, "resolution": resolution}
    if not set(PUBLISHED) & set(table.column_names):
        said["collected_at"] = asked
    return load_frame(
        table,
        source=source,
        name=f"gridstatus://{iso.upper()}/{dataset}?start={start}" + (f"&end={end}" if end else ""),
        format="gridstatus",
        grid=iso.upper(),
        create_missing=create_missing,
        max_rejects=max_rejects,
        dry_run=dry_run,
        **said,
    )


def fetch(iso: str, dataset: str, start: str, end: str | None) -> pa.Table:
    """What the library returns, as an Arrow table. Raises LoadError."""
    if find_spec("gridstatus") is not None:
        try:
            return to_arrow(live.fetch(iso, dataset, start, end))
        except live.LibraryError as error:
            raise LoadError(str(error)) from error
    return _fetch_outside(_interpreter(), [iso, dataset, start, end or ""])


def _interpreter() -> Path:
    named = os.environ.get("WAREHOUSE_LIVE_PYTHON")
    folder = PROJECT_ROOT / ".venv-live"
    choices = [Path(named)] if named else [folder / "bin" / "python", folder / "Scripts" / "python.exe"]
    found = next((path for path in choices if path.is_file()), None)
    if found is None:
        raise LoadError(f"WAREHOUSE_LIVE_PYTHON names {named}, which is no file; correct it." if named else _MISSING)
    return found


def _fetch_outside(interpreter: Path, arguments: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    # Handed over as text: run from its own folder, it would take this package's modules for top-level ones.
    script = Path(live.__file__).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "frame.parquet"
        done = subprocess.run(
            [interpreter, "-c", script, *arguments, output],
            cwd=folder,
            stdout=sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode or not output.exists():
            lines = done.stderr.strip().splitlines()
            said = lines[-1] if lines else f"exit code {done.returncode}"
            hint = f" {_MISSING}" if "No module named 'gridstatus'" in said else ""
            raise LoadError(f"{interpreter} could not fetch it: {said}{hint}")
        return pq.read_table(output)


def _check(start: str, end: str | None) -> None:
    moments = []
    for text in (start, end):
        try:
            moments.append(None if text is None else datetime.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{text} is no date; write e.g. {date(2024, 5, 1)}.") from None
    first, last = moments
    if first and last and (first.tzinfo is None) == (last.tzinfo is None) and last <= first:
        raise UsageError(f"The end {end} is not after the start {start}.")
