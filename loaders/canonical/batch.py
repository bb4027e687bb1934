"""The canonical batch: what every source yields, and how columns of text become it.

Name columns are dictionary<int32, string>, each batch with dictionaries of its own: few names stand in many rows, and
the reader of a batch maps the few. A dictionary may hold names that no row of the batch bears.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.names import NAMES, constant, encode_names, encode_resolutions
from loaders.canonical.numbers import parse_numbers
from loaders.canonical.rejects import Reason, describe, describe_line
from loaders.canonical.times import INSTANT, Hints, parse_duration, parse_times

__all__ = [
    "CANONICAL",
    "OPTIONAL",
    "REQUIRED",
    "SCHEMA",
    "BrokenLine",
    "Reading",
    "Reason",
    "Records",
    "broken_batch",
    "build",
    "interval_lengths",
]

SCHEMA = pa.schema(
    [
        pa.field("row_number", pa.int64(), nullable=False),
        *(pa.field(name, NAMES) for name in ("grid", "region", "node", "metric", "source", "unit", "resolution")),
        pa.field("interval_start", INSTANT),
        pa.field("collected_at", INSTANT),
        pa.field("value", pa.float64()),
        pa.field("reason", pa.string()),
        pa.field("payload", pa.string()),
    ]
)
REQUIRED = ("grid", "region", "node", "metric", "interval_start", "collected_at", "value")
OPTIONAL = ("source", "unit", "resolution")
# Instead of interval_start the end of the interval; and what tells apart the two hours that the clocks repeat.
TIMING = ("interval_end", "utc_offset", "dst")
CANONICAL = REQUIRED + OPTIONAL + TIMING
MANDATORY_NAMES = ("grid", "region", "node", "metric")


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no record: its row number, why, and its text."""

    row_number: int
    reason: Reason
    line: str


@dataclass(frozen=True)
class Records:
    """Some records of a file, as the file has them.

    columns: canonical name → array of text (or of a type that fits), all of one length. Instead of interval_start there
    may be interval_end; utc_offset and dst are hints for local times of the two
    (see loaders.canonical.offset_hints.Hints). An optional name that is absent is null. row_number: int64, as long as
    the columns.
    """

    columns: Mapping[str, pa.Array]
    row_number: pa.Array
    broken: list[BrokenLine] = field(default_factory=list)
    decimal: str = "."


@dataclass(frozen=True)
class Reading:
    """How to read records: the zone of naive times, what stands for no value, the interval's length where its end is
    given and the row has no resolution, and the source that a null source stands for (it is written into payloads, so
    that a mended row is whole)."""

    time_zone: str | None = None
    null_tokens: tuple[str, ...] = ()
    length: timedelta = timedelta(hours=1)
    source: str | None = None


def build(records: Records, reading: Reading) -> Iterator[pa.Table]:
    """Canonical batches of these records: one of the rows that could be split into fields, one of those that could not.

    Raises TypeError where a column has a type that cannot hold what it should.
    """
    if len(records.row_number):
        yield _build_rows(records, reading)
    if records.broken:
        yield broken_batch(records.broken)


def broken_batch(broken: list[BrokenLine]) -> pa.Table:
    """A canonical batch of lines that are no records."""
    rows = len(broken)
    columns = {
        "row_number": pa.array([each.row_number for each in broken], pa.int64()),
        "reason": pa.array([each.reason for each in broken], pa.string()),
        "payload": pa.array([describe_line(each.line) for each in broken], pa.string()),
    }
    return pa.table([columns.get(each.name, pa.nulls(rows, each.type)) for each in SCHEMA], schema=SCHEMA)


class _Faults:
    """The first fault of each row; later ones of the same row are not told."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.reason = np.full(rows, -1, np.int8)
        self.column: dict[str, np.ndarray] = {}
        self.reasons = list(Reason)

    def add(self, column: str, mask: np.ndarray, reason: Reason) -> None:
        fresh = mask & (self.reason < 0)
        self.reason[fresh] = self.reasons.index(reason)
        self.column[column] = self.column.get(column, np.zeros(self.rows, bool)) | mask

    def texts(self) -> pa.Array:
        """The reasons as a column, null where the row is good."""
        codes = pa.array(self.reason.astype(np.int32), mask=self.reason < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array([str(each) for each in self.reasons])).cast(pa.string())


def _build_rows(records: Records, reading: Reading) -> pa.Table:
    rows = len(records.row_number)
    faults = _Faults(rows)
    built = {"row_number": records.row_number}
    built |= _build_names(records, faults)
    built |= _build_times(records, reading, built["resolution"], faults)
    numbers = parse_numbers(records.columns["value"], records.decimal, reading.null_tokens)
    for mask, why in numbers.faults:
        faults.add("value", mask, why)
    built["value"] = numbers.values
    if faults.column:
        built["reason"] = faults.texts()
        built["payload"] = describe(built, records.columns, faults.column, faults.reason >= 0, reading.source)
    else:
        built["reason"] = built["payload"] = pa.nulls(rows, pa.string())
    return pa.table([built[each.name] for each in SCHEMA], schema=SCHEMA)


def _build_names(records: Records, faults: _Faults) -> dict[str, pa.Array]:
    built: dict[str, pa.Array] = {}
    for name in (*MANDATORY_NAMES, *OPTIONAL):
        if name not in records.columns:
            built[name] = constant(None, len(records.row_number))
            continue
        encode = encode_resolutions if name == "resolution" else encode_names
        names = encode(records.columns[name])
        built[name] = names.values
        for mask, why in names.faults:
            faults.add(name, mask, why)
        if name in MANDATORY_NAMES:
            _add_missing(name, names.values, names.faults, faults)
    return built


def _build_times(
    records: Records, reading: Reading, resolutions: pa.DictionaryArray, faults: _Faults
) -> dict[str, pa.Array]:
    start = "interval_end" if "interval_end" in records.columns else "interval_start"
    hints = Hints(records.columns.get("utc_offset"), records.columns.get("dst"))
    built: dict[str, pa.Array] = {}
    for name, column, hint in (("interval_start", start, hints), ("collected_at", "collected_at", Hints())):
        instants = parse_times(records.columns[column], reading.time_zone, hint)
        built[name] = instants.values
        if column == "interval_end":
            built[name] = pc.subtract(instants.values, interval_lengths(resolutions, reading.length))
        for mask, why in instants.faults:
            faults.add(name, mask, Reason(why))
        _add_missing(name, instants.values, instants.faults, faults)
    return built


def interval_lengths(resolutions: pa.Array | pa.ChunkedArray, length: timedelta = timedelta(hours=1)) -> pa.Array:
    """The length of each row's interval, duration[us]; `length` where no resolution is given."""
    encoded = resolutions if pa.types.is_dictionary(resolutions.type) else pc.dictionary_encode(resolutions)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    lengths = pa.array([*map(parse_duration, encoded.dictionary.to_pylist()), length], pa.duration("us"))
    return lengths.take(encoded.indices.fill_null(len(lengths) - 1))


def _add_missing(name: str, values: pa.Array, known: list[tuple[np.ndarray, str]], faults: _Faults) -> None:
    """What is null and not faulty was not given."""
    if not values.null_count:
        return
    missing = values.is_null().to_numpy(zero_copy_only=False)
    for mask, _ in known:
        missing = missing & ~mask
    if missing.any():
        faults.add(name, missing, Reason.MISSING_FIELD)
