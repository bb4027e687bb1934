"""One scheduled run: load what is new, build what changed, check, write the reports, and sum it up."""

import contextlib
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from loaders import embedded_server
from loaders.database.connection import connect, uses_embedded_server
from loaders.database.logins import TRANSFORMER
from loaders.dbt_runner import build, is_up_to_date
from loaders.errors import ServerError, WarehouseError
from loaders.gates.outputs.webhook import alert_run, alert_when_build_fails
from loaders.ingest.pipeline import gate_pending_loads
from loaders.operations.config import Report, RunConfig, Source
from loaders.operations.maintenance import is_due, maintain_daily
from loaders.operations.run_lock import turn_to_run
from loaders.operations.run_log import RunFormatter
from loaders.operations.sources import load_source, run_command
from loaders.operations.steps import Result, StepAction, StepResult, run_step

log = logging.getLogger(__name__)

EXIT_CODES = {"done": 0, "skipped": 0, "failed": 1, "held": 3}
HELD = "select load_id from raw.loads where status = 'held' order by load_id"
NO_LOAD_IS_HELD = "No load is held"
RECORD = "insert into raw.runs (run_id, started_at, result, summary) values (%s, %s, %s, %s)"


@dataclass
class RunSummary:
    """The result of a run. held: the loads that await a decision when it ends."""

    run_id: str
    started_at: datetime
    steps: list[StepResult] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    seconds: float = 0.0
    is_skipped: bool = False

    @property
    def result(self) -> Result:
        """done, failed, held, or skipped where another run was in progress."""
        if self.is_skipped:
            return "skipped"
        results = {step.result for step in self.steps}
        return "failed" if "failed" in results else "held" if self.held or "held" in results else "done"

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return EXIT_CODES[self.result]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {**asdict(self), "started_at": self.started_at.isoformat(), "result": self.result}

    def as_text(self) -> str:
        """Return it for people: one line for each step, then one for all."""
        if self.is_skipped:
            return f"run {self.run_id}: another run is in progress, so nothing was done"
        width = max((len(step.name) for step in self.steps), default=0)
        lines = [f"{step.name:<{width}}  {step.result:<7} {step.seconds:6.1f} s  {step.detail}" for step in self.steps]
        held = f", held: load {', '.join(map(str, self.held))}" if self.held else ""
        return "\n".join([*lines, f"run {self.run_id}: {self.result} in {self.seconds:.1f} s{held}"])


def run(config: RunConfig, wait: bool = False, run_log: RunFormatter | None = None) -> RunSummary:
    """Run once. A step that fails does not keep the others from running, unless they need it.

    wait: for a run that is in progress; else this one does nothing. run_log: gets the id of the run. Raises ServerError
    when the database cannot be reached; all else is in the summary, which is recorded, and sent to the webhook unless
    all is well.
    """
    summary = RunSummary(secrets.token_hex(4), datetime.now(UTC))
    if run_log is not None:
        run_log.run_id = summary.run_id
    started = time.monotonic()
    if uses_embedded_server():
        embedded_server.start()  # also after a restart of the machine
    with turn_to_run(wait) as is_first:
        if not is_first:
            summary.is_skipped = True
            return summary

        def finish() -> None:
            summary.seconds = round(time.monotonic() - started, 3)
            _record(summary)

        _Run(config, summary, finish).run_steps()
        with connect() as connection:
            summary.held = [load_id for (load_id,) in connection.execute(HELD)]
        finish()
    return summary


def _record(summary: RunSummary) -> None:
    """Keep the summary in raw.runs, without the steps where nothing was new, and alert unless all is well."""
    content = summary.as_dict()
    if summary.result == "done" and not any(step.changed for step in summary.steps):
        content["steps"] = []
    row = [summary.run_id, summary.started_at, summary.result, json.dumps(content)]
    with contextlib.suppress(WarehouseError, psycopg.Error), connect() as connection:
        connection.execute(RECORD, row)
    if summary.result in ("failed", "held"):
        alert_run(f"warehouse run {summary.run_id} {summary.result}: {_reason(summary)}", summary.as_dict())


def _reason(summary: RunSummary) -> str:
    bad = [f"{step.name}: {step.detail}" for step in summary.steps if step.result in ("failed", "held")]
    return "; ".join(bad) or f"load {', '.join(map(str, summary.held))} is held"


class _Run:
    """The steps of one run, in order."""

    def __init__(self, config: RunConfig, summary: RunSummary, finish: Callable[[], None]) -> None:
        self.config, self.summary, self._finish = config, summary, finish

    def run_steps(self) -> None:
        """Run every step that is due."""
        limits = self.config.limits
        self._step("gate pending loads", _gate_pending, limits.load.total_seconds())
        for source in self.config.sources:
            self._load(source)
        if not _is_up_to_date():
            self._build()
        if self.config.maintain and is_due():
            keep_days = self.config.keep_days
            self._step("maintain", lambda: _maintain(keep_days), limits.maintain.total_seconds())

    def _build(self) -> None:
        limits = self.config.limits
        built = self._step("build", _build, limits.build.total_seconds())
        if built.result == "failed":
            return
        if self.config.check:
            for what in ("raw", "marts"):
                self._step(f"check {what}", lambda what=what: _check(what), limits.check.total_seconds())  # type: ignore[misc]
        for report in self.config.reports:
            limit = limits.report.total_seconds()
            self._step(f"report {report.notebook}", lambda report=report: _report(report), limit)  # type: ignore[misc]

    def _load(self, source: Source) -> None:
        command, limits = source.command, self.config.limits
        if command is not None and source.folder is not None:
            seconds, folder = limits.command.total_seconds(), source.folder
            ran = self._step(f"command {source.name}", lambda: run_command(command, folder, seconds), seconds + 5)
            if ran.result == "failed":
                return
        self._step(f"load {source.name}", lambda: load_source(source), limits.load.total_seconds())

    def _step(self, name: str, action: StepAction, limit: float) -> StepResult:
        log.debug("run %s: %s", self.summary.run_id, name)
        result = run_step(name, action, limit, self.config.attempts, self._give_up)
        self.summary.steps.append(result)
        return result

    def _give_up(self, last: StepResult) -> None:
        self.summary.steps.append(last)
        self._finish()


def _is_up_to_date() -> bool:
    try:
        with connect(TRANSFORMER) as connection:
            return is_up_to_date(connection)
    except psycopg.errors.UndefinedTable as error:
        raise ServerError("The database schema is older than this code. Run: warehouse db start") from error


def _gate_pending() -> tuple[Result, str, bool]:
    verdicts = gate_pending_loads()
    held = sum(not verdict.passed for verdict in verdicts)
    return "held" if held else "done", f"{len(verdicts)} loads were waiting, {held} held", bool(verdicts)


def _build() -> tuple[Result, str, bool]:
    with alert_when_build_fails():
        results = build()
    return "done", f"{len(results)} models, tests and functions", True


def _check(what: str) -> tuple[Result, str, bool]:
    from loaders import gates

    report = gates.check_raw() if what == "raw" else gates.check_marts(of_last_build=True)
    failures = [outcome for outcome in report.failures if outcome.name != NO_LOAD_IS_HELD]
    if failures:
        return "failed", f"{failures[0].name} ({failures[0].scope}): {failures[0].detail}", False
    met = len(report.outcomes) - len(report.failures)
    return "held" if report.failures else "done", f"{met} of {len(report.outcomes)} expectations met", False


def _maintain(keep_days: int) -> tuple[Result, str, bool]:
    return "done", maintain_daily(keep_days).summary, False


def _report(report: Report) -> tuple[Result, str, bool]:
    from loaders.reports.scheduled_report import make_report

    made = make_report(report.notebook, report.out, datetime.now(UTC), None, report.parameters)
    return "done", str(made.path), False
