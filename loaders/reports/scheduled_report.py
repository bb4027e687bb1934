"""Write a notebook with parameters as one page, which can be made again with the same numbers."""

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
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
from loaders.settings import NOTEBOOKS

# The notebook selects the valid time; these two fix the clocks by which its numbers would change.
CLOCKS = {"as_of": "--as-of", "loaded": "--loaded"}

UNBUILT = """
select count(*)
from ledger.series_with_measures() as stored (series_id)
where not exists (select from marts.dim_series where dim_series.series_id = stored.series_id)
"""


@dataclass(frozen=True)
class Report:
    """A page that was made. as_of, loaded: the times that give the same numbers again; parameters: all of them."""

    name: str
    path: Path
    as_of: datetime
    loaded: datetime
    parameters: Mapping[str, Any]
    given: Mapping[str, Any]
    made_at: datetime
    cells: int
    seconds: float

    @property
    def command(self) -> str:
        """Return the command that makes it again."""
        words = ["warehouse", "report", self.name, "--as-of", _text(self.as_of)]
        words += ["--loaded", _text(self.loaded)]
        for name, value in self.given.items():
            words += ["-p", f"{name}={value}"]
        return shlex.join([*words, "--out", self.path.name])


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
    """Run a notebook as known at `as_of`, by what was loaded until `loaded` (left out: now), into one HTML file.

    parameters: name → text, as on a command line. The page needs no net; it replaces `output` only when it is whole.
    Raises UsageError for what the notebook does not declare and for moments that make no sense, NotebookError with the
    cell that failed; `output` is as before then.
    """
    started = time.monotonic()
    path = find_notebooks([name], folder)[0]
    notebook = read_notebook(path)
    known = declared_parameters(notebook, path.name)
    _require_clocks(path, known)
    given = _checked(path, parameters or {}, known)
    _check_place(output)
    moments = {"as_of": parse_timestamp(as_of, "--as-of"), "loaded": _settled(loaded)}
    clocks = {clock: moment.isoformat() for clock, moment in moments.items()}
    notebook = inject_parameters(notebook, {**given, **clocks})
    execute(notebook, path, cell_seconds, " No report was written.")
    cells = count_code(notebook)
    report = Report(
        path.stem,
        output,
        **moments,
        parameters={**known, **given, **moments},
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


def _settled(loaded: str | datetime | None) -> datetime:
    """Return the system time of the report: no event before it can still come, and the marts show all series."""
    with connect(ANALYST) as connection:
        now = stable_ledger_time(connection)
    moment = now if loaded is None else parse_timestamp(loaded, "--loaded")
    if moment > now:
        raise UsageError(f"--loaded {moment:%Y-%m-%dT%H:%M:%S}Z is in the future. Choose a time in the past.")
    with connect(ANALYST) as connection:
        try:
            [(count,)] = connection.execute(UNBUILT).fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise NotebookError("The marts are not built yet. Build them with: warehouse build") from None
    if count:
        raise NotebookError(f"The marts do not show {count} of the series yet. Build them with: warehouse build")
    return moment


def _page(notebook: Any, report: Report, folder: Path, show_code: bool) -> str:
    page = to_page(notebook, report, folder, show_code)
    if found := external_references(page):
        raise NotebookError(
            f"The report of {report.name} would load {found[0][:200]} from elsewhere, so it was not written. Draw "
            "charts after charts.offline(), and embed pictures."
        )
    return page


def _check_place(output: Path) -> None:
    if output.is_dir():
        raise UsageError(f"{output} is a folder. Name a file, such as report.html.")
    if not output.parent.is_dir():
        raise UsageError(f"There is no folder {output.parent}. Create it, or choose another folder.")


def _write(output: Path, page: str) -> None:
    try:
        atomic_write(output, page)
    except OSError as error:
        raise NotebookError(f"{output} cannot be written ({error.strerror}). Choose another file.") from error


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
