"""How the warehouse is: for people, for JSON, for a monitor and for Prometheus. Everything is read as the analyst."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import dict_row

from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.database.sql_files import read_sql
from loaders.errors import UsageError, WarehouseError
from loaders.files import atomic_write
from loaders.mart_queries import warehouse_stats

Status: TypeAlias = dict[str, Any]
Labels: TypeAlias = tuple[tuple[str, str], ...]


def read_status() -> Status:
    """Return the columns of marts.warehouse_stats, and what a monitor needs.

    last_run, last_build: None before the first. sources: by name, with ages in seconds. lag_seconds: since when the
    oldest load that the marts do not show waits. Raises WarehouseError when the marts are not built.
    """
    stats = warehouse_stats()
    try:
        with connect(ANALYST) as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(read_sql("loaders.monitoring", "marts_status")).fetchone()
    except (
        psycopg.errors.UndefinedFunction,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.UndefinedTable,
    ) as error:
        raise WarehouseError("The database is older than this code. Run: warehouse db start, then build") from error
    assert row is not None
    operations: dict[str, Any] = row.pop("operations")
    now: datetime = row["checked_at"]
    for source in operations["sources"].values():
        for name in ("newest_loaded_at", "newest_collected_at"):
            source[name.replace("newest_", "").replace("_at", "_age_seconds")] = _age(source[name], now)
    return {**stats, **row, **operations}


def find_problems(status: Status, max_lag_seconds: float, max_age_seconds: float | None) -> list[str]:
    """Return what needs a person, as sentences; held loads are not among it."""
    problems = []
    last_run, last_build = status["last_run"], status["last_build"]
    if last_run is not None and last_run["result"] == "failed":
        problems.append(f"The last run ({last_run['run_id']}) failed.")
    if last_build is not None and not last_build["passed"]:
        problems.append(f"The last build (number {last_build['build_number']}) failed.")
    if status["lag_seconds"] > max_lag_seconds:
        count = status["loads_not_in_marts"]
        problems.append(f"The marts are behind: {count} loads, the oldest for {status['lag_seconds']:.0f} s.")
    for name, source in status["sources"].items():
        if max_age_seconds is not None and source["loaded_age_seconds"] > max_age_seconds:
            problems.append(f"The newest load of {name} is {source['loaded_age_seconds']:.0f} s old.")
    return problems


def write_prometheus(status: Status, path: Path) -> None:
    """Write the numbers for the textfile collector of Prometheus' node exporter, completely or not at all."""
    try:
        atomic_write(path, prometheus_text(status))
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}). Choose another file.") from error


def prometheus_text(status: Status) -> str:
    """Return the numbers in the text format of Prometheus."""
    return "".join(_exposition(status))


def _exposition(status: Status) -> Iterator[str]:
    """Generate the text format of Prometheus, a block for each metric."""
    last_run, last_build = status["last_run"], status["last_build"]
    yield _metric("checked_timestamp_seconds", "When these numbers were read.", {(): status["checked_at"].timestamp()})
    loads: dict[Labels, Any] = {
        (("status", name),): status[f"loads_{name}"] for name in ("accepted", "pending", "held", "withdrawn")
    }
    yield _metric("loads", "Loads by status.", loads)
    yield _metric("revisions", "Revisions in the marts.", {(): status["revisions"]})
    yield _metric("marts_lag_seconds", "Age of the oldest load that is not in the marts.", {(): status["lag_seconds"]})
    yield _metric("loads_not_in_marts", "Loads that a build would apply.", {(): status["loads_not_in_marts"]})
    yield _metric("database_bytes", "Size of the database.", {(): status["database_bytes"]})
    yield _metric("schema_bytes", "Size by schema.", _by("schema", status["schema_bytes"]))
    yield _metric("connections", "Sessions by login.", _by("login", status["connections"]))
    yield _metric("max_connections", "The most sessions of the server.", {(): status["max_connections"]})
    for name, text in (
        ("loaded_age_seconds", "Age of the newest load of a source."),
        ("collected_age_seconds", "Age of the newest knowledge time of a source."),
        ("rows_rejected", "Rows of a source that could not be stored."),
        ("loads_held", "Loads of a source that are held."),
    ):
        yield _metric(f"source_{name}", text, _by("source", {key: row[name] for key, row in status["sources"].items()}))
    for kind, last, passed in (("run", last_run, "result"), ("build", last_build, "passed")):
        if last is not None:
            is_well = last[passed] is True or last[passed] in ("done", "held")
            ended = datetime.fromisoformat(last["started_at"]).timestamp() + last["seconds"]
            yield _metric(f"last_{kind}_success", f"1 if the last {kind} did not fail.", {(): int(is_well)})
            yield _metric(f"last_{kind}_seconds", f"Duration of the last {kind}.", {(): last["seconds"]})
            yield _metric(f"last_{kind}_timestamp_seconds", f"When the last {kind} ended.", {(): ended})


def _metric(name: str, text: str, values: Mapping[Labels, float | None]) -> str:
    lines = [f"# HELP warehouse_{name} {text}", f"# TYPE warehouse_{name} gauge"]
    for labels, value in values.items():
        inside = ",".join(f'{label}="{_escape(content)}"' for label, content in labels)
        if value is not None:
            lines.append(f"warehouse_{name}{f'{{{inside}}}' if inside else ''} {float(value)!r}")
    return "\n".join(lines) + "\n"


def _by(label: str, values: Mapping[str, Any] | None) -> dict[Labels, Any]:
    return {((label, name),): value for name, value in (values or {}).items()}


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _age(text: str | None, now: datetime) -> float | None:
    return None if text is None else round((now - datetime.fromisoformat(text).astimezone(UTC)).total_seconds(), 3)
