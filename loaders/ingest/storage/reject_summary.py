"""Say why rows of a delivery are rejected, and what to do about it."""

import json
from dataclasses import dataclass

import psycopg

from loaders.canonical.rejects import Reason
from loaders.database.sql_files import read_sql
from loaders.errors import LoadError
from loaders.ingest.storage.delivery import Delivery
from loaders.messages import join_names, suggest_names
from loaders.registry.lookup import Registry

MAX_PAYLOAD_SHOWN = 300
_WHAT_TO_DO = {
    Reason.NAIVE_TIME: "Pass the zone of the times, such as --time-zone Europe/Berlin.",
    Reason.AMBIGUOUS_TIME: "Pass --repeated-hours order if the rows run forward in time, or map a column with the"
    " offset (--map COLUMN=utc_offset).",
    Reason.NONEXISTENT_TIME: "Check the zone of the times (--time-zone).",
    Reason.OTHER_RESOLUTION: "Pass --create-missing to begin a second series with the resolution of"
    " the rows, or fix their resolution.",
    Reason.UNCLEAR_RESOLUTION: "State the length of the intervals (--resolution, or a column resolution).",
    Reason.UNKNOWN_UNIT: "Pass the right unit (--unit), or a metric in this unit (--metric); --create-missing registers"
    " a new one.",
    Reason.CONFLICTING_VALUE: "Check whether another column states the hour, the node or the metric of these rows.",
    Reason.TOTAL_ROW: "Remove these rows, or raise --max-rejects.",
    Reason.BAD_TIME: "Fix the rows, or describe how the file writes times (warehouse inspect FILE --write mine.yml).",
}
_LEVELS = {
    Reason.UNKNOWN_GRID: "grid",
    Reason.UNKNOWN_REGION: "region",
    Reason.UNKNOWN_NODE: "node",
    Reason.UNKNOWN_METRIC: "metric",
}


@dataclass(frozen=True)
class RejectCount:
    """How many rows of a delivery are rejected for one reason; the number and content of the first of them."""

    reason: str
    rows: int
    first_row: int
    example: str

    @property
    def text(self) -> str:
        """Return the count for people, with what the reason means."""
        meaning = Reason(self.reason).meaning
        return f"{self.reason} ({self.rows}), first in row {self.first_row}: {self.example}. {meaning}"


def count_rejects(connection: psycopg.Connection) -> list[RejectCount]:
    """Return the reasons in the temporary table `rejected`, most frequent first."""
    rows = connection.execute(read_sql(__package__, "count_rejects")).fetchall()
    return [RejectCount(reason, count, first, payload[:MAX_PAYLOAD_SHOWN]) for reason, count, first, payload in rows]


def check_rejects(connection: psycopg.Connection, delivery: Delivery, rows_read: int, rejected: int) -> None:
    """Raise LoadError when more rows are rejected than the delivery allows."""
    limit = delivery.max_rejects
    if rejected <= (limit if isinstance(limit, int) else limit * rows_read):
        return
    most = count_rejects(connection)[0]
    share = f"{rejected} of {rows_read} rows would be rejected"
    if Reason(most.reason) in (*_LEVELS, Reason.UNKNOWN_SERIES):
        raise LoadError(f"{delivery.uri}: {_unknown(connection, most)} Nothing was stored: {share}.")
    if most.reason == Reason.OTHER_UNIT:
        raise LoadError(f"{delivery.uri}: {_other_currency(connection, most)} Nothing was stored: {share}.")
    advice = _WHAT_TO_DO.get(Reason(most.reason), "Fix the rows, or raise --max-rejects.")
    raise LoadError(
        f"{delivery.uri}: {share}, more than --max-rejects allows. Nothing was stored. Most frequent reason:"
        f" {most.text} {advice}"
    )


def _unknown(connection: psycopg.Connection, reject: RejectCount) -> str:
    """Name what is not registered, the nearest names, and the option that registers it."""
    names = _payload(connection, reject)
    level = _LEVELS.get(Reason(reject.reason))
    if level is None:
        return (
            f"{names['node']} has no series of metric {names['metric']} and source {names['source']}. Pass"
            " --create-missing to register it, or the right --source."
        )
    registry = Registry.read(connection)
    grid, region = names["grid"], names["region"]
    available = {
        "grid": registry.grids,
        "region": {name for parent, name in registry.regions if parent == grid},
        "node": {name for *parents, name in registry.nodes if parents == [grid, region]},
        "metric": set(registry.metrics),
    }[level]
    option = "--create-missing with its unit (--unit)" if level == "metric" else "--create-missing"
    return f"unknown {level} {names[level]!r}. {suggest_names(names[level], available)} To register it, pass {option}."


def _other_currency(connection: psycopg.Connection, reject: RejectCount) -> str:
    """Name the series, its unit and that of the rows, and what to do."""
    names = _payload(connection, reject)
    key = tuple(names[name] for name in ("grid", "region", "node", "metric", "source"))
    registry = Registry.read(connection)
    units = {series.unit for series_key, series in registry.series.items() if series_key.names == key}
    return (
        f"{names['metric']} of {names['node']} from {names['source']} is in {join_names(sorted(units))}, and its rows"
        f" are in {names['unit']}, which cannot be converted. Load them as another source (--source), or state the"
        " right unit (--unit)."
    )


def _payload(connection: psycopg.Connection, reject: RejectCount) -> dict[str, str]:
    """Return the first row that was rejected for a reason."""
    query = "select payload from rejected where row_number = %s and reason = %s"
    payload: str = connection.execute(query, [reject.first_row, reject.reason]).fetchall()[0][0]
    return json.loads(payload)
