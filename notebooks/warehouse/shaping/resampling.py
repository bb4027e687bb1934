"""Resample values to longer intervals on the calendar of the grid: hours, days, weeks, months or years.

Energy is added up, all else is averaged. What is not complete has no value: a sum of some of its intervals is no sum.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.durations import CALENDAR_RESOLUTIONS, parse_resolution
from warehouse.errors import ReadError


@dataclass(frozen=True)
class Step:
    """The intervals that values are resampled to. minutes: within an hour, 0 for those that begin with a day."""

    name: str
    interval: str
    field: str = ""
    minutes: int = 0


STEPS = {
    "15min": Step("15min", "15 minutes", minutes=15),
    "30min": Step("30min", "30 minutes", minutes=30),
    "1h": Step("1h", "1 hour", minutes=60),
    "1D": Step("1D", "1 day", "day"),
    "1W": Step("1W", "7 days", "week"),
    "1M": Step("1M", "1 month", "month"),
    "1Y": Step("1Y", "1 year", "year"),
}
SPELLINGS = {
    **{"PT15M": "15min", "PT30M": "30min", "PT1H": "1h", "60min": "1h", "P1D": "1D", "P1W": "1W", "P7D": "1W"},
    **{"7D": "1W", "P1M": "1M", "P1Y": "1Y", "MS": "1M", "1MS": "1M", "YS": "1Y", "1YS": "1Y"},
    **{"h": "1h", "H": "1h", "1H": "1h", "d": "1D", "D": "1D", "1d": "1D", "W": "1W", "1w": "1W", "M": "1M", "Y": "1Y"},
    **{"hour": "1h", "day": "1D", "week": "1W", "month": "1M", "year": "1Y"},
}
# The columns that the query over `measures` reads; those that a kind of answer does not have are null there.
COLUMNS = {
    **{"metric": "text", "source": "text", "unit": "text", "cutoff_name": "text"},
    **{"nodes_reporting": "bigint", "nodes_expected": "bigint"},
    **{"cutoff_at": "timestamptz", "collected_at": "timestamptz"},
}


def parse_step(value: object) -> Step | None:
    """Return the intervals to resample to; None stays None. Raises ReadError."""
    if value is None:
        return None
    name = SPELLINGS.get(value, value) if isinstance(value, str) else ""
    if name in STEPS:
        return STEPS[name]
    raise ReadError(f"resample={value!r} is not possible. Enter one of: {', '.join(STEPS)}.")


def check_resolutions(step: Step, resolutions: Iterable[str]) -> None:
    """Raise ReadError where values of a resolution would have to be cut into shorter ones."""
    for resolution in sorted(set(resolutions)):
        if resolution in CALENDAR_RESOLUTIONS:
            raise ReadError(
                f"Values of {resolution} cannot be resampled, because their intervals differ in length. Read them"
                " without resample, or select another resolution with resolution=."
            )
        try:
            length = parse_resolution(resolution)
        except ValueError:
            length = None
        is_longer = length is None or (step.minutes and length.total_seconds() > step.minutes * 60)
        if is_longer:
            raise ReadError(
                f"Values of {resolution} cannot be resampled to {step.name}. Use a longer interval, or select another "
                "resolution with resolution=."
            )


def rules_of(table: pa.Table, key: str) -> str:
    """Return as JSON what the query needs to know of each series or location; the hours of locations are hours."""
    columns = [name for name in (key, "time_zone", "unit", "resolution") if name in table.column_names]
    rows = {row[key]: {"resolution": "PT1H", **row} for row in table.select(columns).to_pylist()}
    return json.dumps([{"key": row.pop(key), **row} for row in rows.values()])


def measures_sql(sql: str, key: str, columns: Collection[str]) -> str:
    """Return the query of values with the columns that the query over `measures` reads. columns: those that it has."""
    read = [f"{key} as key", "value", "interval_start"]
    read += [name if name in columns else f"null::{kind} as {name}" for name, kind in COLUMNS.items()]
    return " ".join(("select", ", ".join(read), "from (", sql, ") as answer"))


def resampled_sql(template: str, step: Step) -> str:
    """Fill the template of the query over `measures` in."""
    time, zone, interval = "measures.interval_start", "rules.time_zone", f"interval '{step.interval}'"
    if step.minutes:
        local = f"({time} at time zone {zone})"
        passed = f"({local} - date_bin({interval}, {local}, timestamp '2000-01-01'))"
        bucket = f"case when rules.resolution::interval = {interval} then {time} else {time} - {passed} end"
        bounds, days = ["buckets.bucket", f"buckets.bucket + {interval}"], "null::integer"
    else:
        bucket = f"date_trunc('{step.field}', {time} at time zone {zone})"
        ends = ["buckets.bucket", f"(buckets.bucket + {interval})"]
        # As in the macro day_start: a day begins just after the one before, also where a clock change repeats midnight.
        moment = "interval '1 microsecond'"
        bounds = [f"({end} - {moment}) at time zone buckets.time_zone + {moment}" for end in ends]
        days = f"{ends[1]}::date - {ends[0]}::date"
    texts = {"{bucket}": bucket, "{bucketstart}": bounds[0], "{bucketend}": bounds[1], "{days}": days}
    for placeholder, text in texts.items():
        template = template.replace(placeholder, text)
    return template


def without_columns_of_others(rows: pa.Table, key: str, columns: Collection[str]) -> pa.Table:
    """Return the rows with the key under its name, without the columns that this kind of answer does not have."""
    kept = [name for name in rows.column_names if name not in COLUMNS or name in columns]
    return rows.select(kept).rename_columns([key if name == "key" else name for name in kept])


def count_incomplete(table: pa.Table) -> int:
    """Return how many resampled rows have fewer values than intervals."""
    return int(pc.sum(pc.less(table["intervals"], table["intervals_expected"])).as_py() or 0)
