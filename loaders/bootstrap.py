"""Bring everything up in order, each stage with its time. What is done is not done again."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from rich.console import Console

from loaders import embedded_server
from loaders.database.connection import connect, uses_embedded_server
from loaders.database.migrations import migrate
from loaders.errors import GateError
from loaders.settings import PROJECT_ROOT, settings

RANDOM_SEED = 7
# What decides, with the loads, whether marts, gates and notebooks would come out the same as last time.
INPUTS = ("dbt_project", "loaders", "notebooks", "profiles.yml", "requirements.txt")
LEFT_OUT = {"target", "logs", "__pycache__", ".ipynb_checkpoints"}


def bring_up(weeks: int, until: date | None, console: Console) -> None:
    """Run all stages. Raises the WarehouseError of the first that fails; what was done before it stays."""
    stages: list[tuple[str, Callable[[], str]]] = [
        ("database", _start),
        ("schema", _migrate),
        ("seed", lambda: _seed(weeks, until)),
    ]
    rest: list[tuple[str, Callable[[], str]]] = [
        ("check: raw", lambda: _check("raw", console)),
        ("dbt build", _build),
        ("check: marts", lambda: _check("marts", console)),
        ("notebooks", _notebooks),
    ]
    count = len(stages) + len(rest)
    for number, (name, stage) in enumerate(stages, 1):
        _run(console, number, count, name, stage)
    fingerprint = _fingerprint()
    if fingerprint == _last_fingerprint():
        console.print("      nothing changed since the last time: marts, checks, notebooks are current", soft_wrap=True)
        return
    for number, (name, stage) in enumerate(rest, len(stages) + 1):
        _run(console, number, count, name, stage)
    _state_file().write_text(json.dumps({"fingerprint": _fingerprint()}))


def _run(console: Console, number: int, count: int, name: str, stage: Callable[[], str]) -> None:
    started = time.monotonic()
    with console.status(f"[{number}/{count}] {name} …".replace("[", "\\[", 1)):
        result = stage()
    line = f"[{number}/{count}] {name:<12} {result:<52} {time.monotonic() - started:5.1f} s"
    console.print(line, markup=False, soft_wrap=True)


def _start() -> str:
    if not uses_embedded_server():
        return "the environment names a server of your own"
    running = embedded_server.start()
    return f"{'started' if running.started else 'already running'} on {running.host}:{running.port}"


def _migrate() -> str:
    applied = migrate()
    if len(applied) > 2:
        return f"applied {applied[0]} to {applied[-1]}"
    return f"applied {', '.join(applied)}" if applied else "up to date"


def _seed(weeks: int, until: date | None) -> str:
    from loaders.demo.seed_loader import load_seed

    if until is None and (seeded := _seeded_until()):
        return f"loaded already, until {seeded}"
    results = [outcome.result for outcome in load_seed(weeks, RANDOM_SEED, until=until) if outcome.result is not None]
    stored = [result for result in results if not result.already_stored]
    rows = sum(result.rows_inserted for result in stored)
    return f"{rows:,} rows in {len(stored)} loads" if stored else f"{weeks} weeks are loaded already"


def _seeded_until() -> str | None:
    """The last day of the sample data where `--until` stated it; the weeks that come by default would not fit them."""
    with connect() as connection:
        query = "select max(substring(uri from 'until=(.*)$')) from raw.loads where uri like 'seed://%until=%'"
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def _check(what: str, console: Console) -> str:
    from loaders import gates
    from loaders.gates.outputs.terminal import print_check

    report = gates.check_raw() if what == "raw" else gates.check_marts(of_last_build=True)
    if not report.passed:
        print_check(report, console)
        failed = [outcome for outcome in report.outcomes if not outcome.passed]
        raise GateError(
            f"The check of {what} failed: {failed[0].name} ({failed[0].scope}). See above, then decide on the load with"
            " accept or withdraw, or fix what built it."
        )
    return f"{len(report.outcomes)} expectations met"


def _build() -> str:
    from loaders.dbt_runner import build
    from loaders.gates import alert_when_build_fails

    with alert_when_build_fails():
        results = build()
    if not results:
        return "nothing changed since the last build"
    tests = sum(result.kind in ("test", "unit_test", "unit") for result in results)
    return f"{len(results) - tests} models and functions, {tests} tests"


def _notebooks() -> str:
    from loaders.reports.notebook_runner import numbered_notebooks, run_notebooks

    return f"{len(run_notebooks(numbered_notebooks()))} ran from top to bottom, to reports/notebooks"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(_input_files()):
        digest.update(str(path.relative_to(PROJECT_ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    with connect() as connection:
        for row in connection.execute("select load_id, status from raw.loads order by load_id"):
            digest.update(repr(row).encode())
        digest.update(repr(connection.execute("select max(event_id) from raw.registry_events").fetchone()).encode())
    return digest.hexdigest()


def _input_files() -> list[Path]:
    files: list[Path] = []
    for name in INPUTS:
        path = PROJECT_ROOT / name
        files += [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return [file for file in files if not LEFT_OUT & set(file.parts) and file.suffix != ".pyc"]


def _last_fingerprint() -> str | None:
    try:
        return json.loads(_state_file().read_text())["fingerprint"]
    except (OSError, ValueError, KeyError):
        return None  # never came up, or the note is damaged: then everything is done


def _state_file() -> Path:
    return settings().home / "up.json"
