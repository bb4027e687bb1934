"""The load step of one source: its command, its files, or live data."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from loaders.ingest.live.live_data import end_of_what_is_there, pull, start_since_last
from loaders.ingest.options import IngestOptions, IngestResult
from loaders.ingest.pipeline import ingest_files
from loaders.messages import join_names
from loaders.operations.config import Source
from loaders.operations.known_files import new_files
from loaders.operations.steps import Result, StepFailed

Outcome = tuple[Result, str, bool]


def run_command(command: list[str], folder: Path, limit_seconds: float) -> Outcome:
    """Run the program of a source; its output goes to stderr. Raises StepFailed."""
    try:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
        )
    except OSError as error:
        raise StepFailed(f"{command[0]} cannot be run ({error.strerror}).") from error
    try:
        code = process.wait(limit_seconds)
    except BaseException as error:
        # With all that it started.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise StepFailed(f"{command[0]} took longer than its limit of {limit_seconds:g} s.") from error
        raise
    if code:
        raise StepFailed(f"{command[0]} ended with exit code {code}.")
    return "done", f"{command[0]} ended", False


def load_source(source: Source) -> Outcome:
    """Load what is new of a source. Raises WarehouseError when nothing of it can be read."""
    if source.pull is not None:
        return _outcome([_pull(source)], 0)
    assert source.folder is not None
    if not source.folder.is_dir():
        raise StepFailed(f"The folder {source.folder} does not exist. Create it, or change the config.")
    options = source.ingest_options()
    try:
        paths = sorted(path for path in source.folder.glob(source.pattern) if is_visible_file(path, source.folder))
        fresh = new_files(paths, source.format, options.read)
    except OSError as error:
        raise StepFailed(f"The folder {source.folder} changed while it was read ({error.strerror}).") from error
    if not fresh:
        return "done", f"{len(paths)} files, nothing new", False
    return _outcome(ingest_files(fresh, options), len(paths) - len(fresh))


def is_visible_file(path: Path, folder: Path) -> bool:
    """Return whether neither the file nor a folder that it is in is hidden."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.is_file()


def _pull(source: Source) -> IngestResult:
    """Fetch what is new since the last pull, and the days of the overlap again."""
    assert source.pull is not None
    live = source.pull.live_dataset(source.source)
    first = source.pull.first_start(datetime.now(UTC).date())
    start = start_since_last(live, first, source.pull.days)
    return pull(live, start, end_of_what_is_there(live), IngestOptions(**source.options))


def _outcome(results: list[IngestResult], known: int) -> Outcome:
    """Return the result of loads: failed if one failed, else held if one is held."""
    errors = [result.error for result in results if result.error]
    loads = [result.result for result in results if result.result is not None]
    counts = Counter("known" if load.already_stored else load.status for load in loads)
    counts["known"] += known
    counts["failed"] = len(errors)
    rows = sum(load.rows_inserted for load in loads if not load.already_stored)
    words = [f"{count} {status}" for status, count in counts.items() if count]
    detail = f"{join_names(words)}, {rows:,} new rows" + (f". {errors[0]}" if errors else "")
    changed = any(not load.already_stored for load in loads)
    return "failed" if errors else "held" if counts["held"] else "done", detail, changed
