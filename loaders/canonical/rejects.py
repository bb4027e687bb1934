"""Say why rows are rejected, and describe rejected rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from loaders.canonical.delivered_fields import delivered_fields, shorten


class Reason(StrEnum):
    """A reason of rejection: first those found when reading, then those found when matching and storing."""

    WRONG_COLUMN_COUNT = "wrong_column_count"
    BAD_LINE = "bad_line"
    MISSING_FIELD = "missing_field"
    BAD_NAME = "bad_name"
    BAD_TIME = "bad_time"
    TOTAL_ROW = "total_row"
    NAIVE_TIME = "naive_time"
    AMBIGUOUS_TIME = "ambiguous_time"
    NONEXISTENT_TIME = "nonexistent_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    BAD_NUMBER = "bad_number"
    NOT_FINITE = "not_finite"
    BAD_RESOLUTION = "bad_resolution"
    UNKNOWN_UNIT = "unknown_unit"
    OTHER_UNIT = "other_unit"
    UNKNOWN_GRID = "unknown_grid"
    UNKNOWN_REGION = "unknown_region"
    UNKNOWN_NODE = "unknown_node"
    UNKNOWN_METRIC = "unknown_metric"
    UNKNOWN_SERIES = "unknown_series"
    OTHER_RESOLUTION = "other_resolution"
    UNCLEAR_RESOLUTION = "unclear_resolution"
    NOT_ALIGNED = "not_aligned"
    CONFLICTING_VALUE = "conflicting_value"

    @property
    def meaning(self) -> str:
        """Return one sentence for the person who fixes the row."""
        return _MEANINGS[self]


# Instead of a reason: the row is good but states nothing. It is counted, and neither stored nor rejected.
BLANK = "blank"

_MEANINGS = {
    Reason.WRONG_COLUMN_COUNT: "The row has more or fewer fields than the header.",
    Reason.BAD_LINE: "The line is not one record: a quote is not closed, or it is not a JSON object of plain fields.",
    Reason.MISSING_FIELD: "A grid, region, node, metric, interval_start or collected_at is empty.",
    Reason.BAD_NAME: "A name holds a control character or is longer than 200 characters.",
    Reason.BAD_TIME: "A time is not an ISO 8601 date and time, or its offset is not one such as +01:00. A description"
    " states other patterns (warehouse inspect FILE --write mine.yml).",
    Reason.TOTAL_ROW: "The row is a total or an average of others: it has such a word instead of a time.",
    Reason.NAIVE_TIME: "A time has no offset and no Z. Add one, or name the time zone of the file.",
    Reason.AMBIGUOUS_TIME: "The clocks were put back: this local time happened twice. Add its offset.",
    Reason.NONEXISTENT_TIME: "The clocks were put forward: this local time never happened.",
    Reason.TIME_OUT_OF_RANGE: "A time is before 1980 or after 2099.",
    Reason.BAD_NUMBER: "The value is not a number.",
    Reason.NOT_FINITE: "The value is infinite, too large, or not a number. Leave it empty if there is none.",
    Reason.BAD_RESOLUTION: "The resolution is not an ISO 8601 duration that divides a day, such as PT15M, nor P7D, P1M"
    " or P1Y.",
    Reason.UNKNOWN_UNIT: "The unit cannot be converted to the metric's unit.",
    Reason.OTHER_UNIT: "The series is in another currency.",
    Reason.UNKNOWN_GRID: "The grid is not registered.",
    Reason.UNKNOWN_REGION: "The region is not registered in its grid.",
    Reason.UNKNOWN_NODE: "The node is not registered in its region.",
    Reason.UNKNOWN_METRIC: "The metric is not registered.",
    Reason.UNKNOWN_SERIES: "The node has no series with this metric and source.",
    Reason.OTHER_RESOLUTION: "The series is registered with another resolution only.",
    Reason.UNCLEAR_RESOLUTION: "The rows do not show the length of their intervals.",
    Reason.NOT_ALIGNED: "interval_start is not the start of an interval of the series' resolution. On the calendar of"
    " the grid, a week begins at midnight, a month on its first day, a year on 1 January.",
    Reason.CONFLICTING_VALUE: "The same load has another value for this series, interval and collected_at.",
}


_COLUMNS = (
    "grid", "region", "node", "metric", "source", "unit", "resolution", "interval_start", "collected_at", "value",
)  # fmt: skip


@dataclass(frozen=True)
class ParsedColumn:
    """A parsed column: values, null where the input was null, empty or invalid, and the errors.

    faults: (boolean mask of the invalid rows, reason); the masks do not overlap.
    """

    values: pa.Array
    faults: list[tuple[np.ndarray, Reason]]


def describe_rows(
    built: Mapping[str, pa.Array],
    original: Mapping[str, pa.Array],
    faulty: Mapping[str, np.ndarray],
    bad: np.ndarray,
    source: str | None,
    delivered: pa.Array | None,
) -> pa.Array:
    """Return a column of JSON objects, null where the row is good.

    A field that could be parsed has its parsed value (times in UTC), an invalid one the file's own text. An invalid end
    of an interval is kept as interval_end: read as an interval_start, it would be wrong by one interval. The other
    fields of the delivery follow (see loaders.canonical.delivered_fields).
    """
    rows = pa.array(np.flatnonzero(bad))
    fields = {name: _texts(built[name].take(rows)) for name in _COLUMNS}
    fields["source"] = [name if name is not None else source for name in fields["source"]]
    for name, mask in faulty.items():
        column = name if name in original else "interval_end"
        texts = _texts(original[column].take(rows))
        target = fields.setdefault(column, [None] * len(texts))
        for row in np.flatnonzero(mask[bad]):
            target[row] = texts[row]
    others = [{}] * len(rows) if delivered is None else map(delivered_fields, delivered.take(rows).to_pylist())
    objects = [
        _json(dict(zip(fields, row, strict=True)), other)
        for row, other in zip(zip(*fields.values(), strict=True), others, strict=True)
    ]
    payloads = np.full(len(bad), None, object)
    payloads[bad] = objects
    return pa.array(payloads, pa.string())


def describe_line(line: str) -> str:
    """Return the JSON object of a line that is not a record."""
    return json.dumps({"line": shorten(line)}, ensure_ascii=False)


def _json(fields: Mapping[str, str | None], others: Mapping[str, object]) -> str:
    kept = {name: text for name, text in fields.items() if text is not None or name not in ("unit", "resolution")}
    return json.dumps({**kept, **others}, ensure_ascii=False)


def _texts(column: pa.Array) -> list[str | None]:
    """Return a column of any type as short texts; UTC times end in Z, local times have no suffix."""
    data_type = column.type
    if pa.types.is_timestamp(data_type):
        # Through integers: Arrow formats zoned times only with the system's time zones.
        local = column.cast(pa.int64()).cast(pa.timestamp(data_type.unit)).cast(pa.string())
        zone = "" if data_type.tz is None else "Z"
        return [text and text.replace(" ", "T").removesuffix(".000000") + zone for text in local.to_pylist()]
    return [text and shorten(text) for text in column.cast(pa.string()).to_pylist()]
