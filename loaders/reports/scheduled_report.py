"""Write a notebook with parameters as one page, which can be made again with the same numbers."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from loaders.canonical.times import parse_timestamp
from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.errors import NotebookError, UsageError
from loaders.files import atomic_write
from loaders.ledger import stable_ledger_time
from loaders.messages import join_names, suggest_names
from loaders.reports.html_export import external_references, to_page
from loaders.reports.notebook_runner import (
    CELL_SECONDS,
    count_code,
    declared_parameters,
    execute,
    find_notebooks,
    inject_parameters,
    read_notebook,
    read_parameter,
)
from loaders.reports.report import Report
from loaders.settings import NOTEBOOKS

# The notebook selects the valid time; these two fix the clocks by which its numbers would change.
CLOCKS = {"as_of": "--as-of", "loaded": "--loaded"}

UNBUILT = """
select count(*)
from ledger.series_with_measures() as stored (series_id)
where not exists (select from marts.dim_series where dim_series.series_id = stored.series_id)
"""


def make_report(
    name: str,
    output: Path,
    as_of: str | datetime,
    loaded: str | datetime | None = None,
    parameters: Mapping[str, str] | None = None,
    show_code: bool = False,
    folder: Path = NOTEBOOKS,
    cell_seconds: int = CELL_SECONDS,
) -> Report:
    """Run a notebook as known at `as_of`, by what was loaded until `loaded` (by default now), into one HTML file.

    parameters: name → text, as on a command line. The page needs no network. It replaces `output` when it is complete.
    Raises UsageError for a parameter that the notebook does not declare and for an invalid time, NotebookError with the
    cell that failed; `output` is unchanged then.
    """
    started = time.monotonic()
    path = find_notebooks([name], folder)[0]
    notebook = read_notebook(path)
    known = declared_parameters(notebook, path.name)
    _require_clocks(path, known)
    given = _checked(path, parameters or {}, known)
    _check_output(output)
    times = {"as_of": parse_timestamp(as_of, "--as-of"), "loaded": _system_time(loaded)}
    clocks = {clock: at.isoformat() for clock, at in times.items()}
    notebook = inject_parameters(notebook, {**given, **clocks})
    execute(notebook, path, cell_seconds, " No report was written.")
    cells = count_code(notebook)
    report = Report(
        path.stem,
        output,
        **times,
        parameters={**known, **given, **times},
        given=parameters or {},
        made_at=datetime.now(UTC),
        cells=cells,
        seconds=time.monotonic() - started,
    )
    _write(output, _page(notebook, report, path.parent, show_code))
    return report


def _require_clocks(path: Path, known: Mapping[str, Any]) -> None:
    missing = [clock for clock in CLOCKS if clock not in known]
    if missing:
        able = [other.stem for other in find_notebooks(None, path.parent) if _has_clocks(other)]
        raise UsageError(
            f"{path.stem} has no parameter {' or '.join(missing)}, so its numbers could not be reproduced."
            f" Notebooks with these parameters: {join_names(able) or 'none'}."
        )


def _has_clocks(path: Path) -> bool:
    return CLOCKS.keys() <= declared_parameters(read_notebook(path), path.name).keys()


def _checked(path: Path, parameters: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    for name in parameters:
        if name in CLOCKS:
            raise UsageError(f"{name} is not a parameter here. Set it with {CLOCKS[name]}.")
        if name not in known:
            raise UsageError(
                f"{path.stem} has no parameter {name}. {suggest_names(name, known.keys() - CLOCKS.keys())}"
            )
    return {name: read_parameter(text, known[name]) for name, text in parameters.items()}


def _system_time(loaded: str | datetime | None) -> datetime:
    """Return the system time of the report: no event before it can still come, and the marts show all series."""
    with connect(ANALYST) as connection:
        now = stable_ledger_time(connection)
    at = now if loaded is None else parse_timestamp(loaded, "--loaded")
    if at > now:
        raise UsageError(f"--loaded {at:%Y-%m-%dT%H:%M:%S}Z is in the future. Choose a time in the past.")
    with connect(ANALYST) as connection:
        try:
            [(count,)] = connection.execute(UNBUILT).fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise NotebookError("The marts are not built yet. Build them with: warehouse build") from None
    if count:
        raise NotebookError(f"The marts do not show {count} of the series yet. Build them with: warehouse build")
    return at


def _page(notebook: Any, report: Report, folder: Path, show_code: bool) -> str:
    page = to_page(notebook, report, folder, show_code)
    if references := external_references(page):
        raise NotebookError(
            f"The report of {report.name} would load {references[0][:200]} from elsewhere, so it was not written. Draw "
            "charts after charts.offline(), and embed pictures."
        )
    return page


def _check_output(output: Path) -> None:
    if output.is_dir():
        raise UsageError(f"{output} is a folder. Name a file, such as report.html.")
    if not output.parent.is_dir():
        raise UsageError(f"The folder {output.parent} does not exist. Create it, or choose another folder.")


def _write(output: Path, page: str) -> None:
    try:
        atomic_write(output, page)
    except OSError as error:
        raise NotebookError(f"{output} cannot be written ({error.strerror}). Choose another file.") from error
