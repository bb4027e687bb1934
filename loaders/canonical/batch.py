"""Build canonical batches, the tables that every format yields, from columns of text.

Name columns are dictionary<int32, string>, with separate dictionaries in each batch. A dictionary may hold names
that no row of the batch uses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.calendar_intervals import starts_of_ends
from loaders.canonical.delivered_fields import DELIVERED, delivered_column
from loaders.canonical.durations import CALENDAR_RESOLUTIONS
from loaders.canonical.names import NAMES, constant, encode_names, encode_resolutions
from loaders.canonical.numbers import is_token, parse_numbers, without_missing
from loaders.canonical.offset_hints import naming_rows
from loaders.canonical.placeholders import refuse_placeholders
from loaders.canonical.rejects import BLANK, ParsedColumn, Reason, describe_line, describe_rows
from loaders.canonical.times import UTC_TIMESTAMP, OffsetHints, parse_times, time_zone_named
from loaders.canonical.totals import is_total
from loaders.errors import LoadError

__all__ = [
    "BLANK",
    "CANONICAL",
    "OPTIONAL",
    "REQUIRED",
    "SCHEMA",
    "BrokenLine",
    "ParseOptions",
    "Reason",
    "Records",
    "build_batches",
    "build_broken_batch",
]

SCHEMA = pa.schema(
    [
        pa.field("row_number", pa.int64(), nullable=False),
        *(pa.field(name, NAMES) for name in ("grid", "region", "node", "metric", "source", "unit", "resolution")),
        pa.field("interval_start", UTC_TIMESTAMP),
        pa.field("collected_at", UTC_TIMESTAMP),
        pa.field("value", pa.float64()),
        pa.field("reason", pa.string()),
        pa.field("payload", pa.string()),
    ]
)
REQUIRED = ("grid", "region", "node", "metric", "interval_start", "collected_at", "value")
OPTIONAL = ("source", "unit", "resolution")
# The end of the interval instead of its start, and columns that distinguish the two occurrences of a repeated hour.
TIMING = ("interval_end", "utc_offset", "dst", "repeated_hour")
CANONICAL = REQUIRED + OPTIONAL + TIMING
MANDATORY_NAMES = ("grid", "region", "node", "metric")


@dataclass(frozen=True)
class BrokenLine:
    """A line that is not a record: its row number, the reason and its text."""

    row_number: int
    reason: Reason
    line: str


@dataclass(frozen=True)
class Records:
    """Some records of a file, as they are in the file.

    columns: canonical name → array of text (or of a suitable type), all of one length. There may be interval_end
    instead of interval_start; utc_offset, dst and repeated_hour resolve their local times (see OffsetHints). An
    optional column that is absent is null. Further columns of the file are kept for rejected rows (see
    delivered_fields). row_number: int64, as long as the columns.
    """

    columns: Mapping[str, pa.Array]
    row_number: pa.Array
    broken: list[BrokenLine] = field(default_factory=list)
    decimal: str = "."


@dataclass(frozen=True)
class ParseOptions:
    """How to parse records.

    time_zone: IANA zone of naive times; collected_at_zone that of naive knowledge times, else time_zone. resolution:
    of rows without one, where only the end of the interval is present. source: the source of rows without one; it is
    written into payloads, so that a fixed row is complete.

    A row whose value is empty, null, NaN or one of missing_tokens (the text, or the same number) states nothing: its
    reason is BLANK. It withdraws the value where blanks_withdraw is set, and always where its text is one of
    withdrawn_tokens: then it has no reason. valid_numbers are values, whatever they look like.
    """

    time_zone: str | None = None
    collected_at_zone: str | None = None
    missing_tokens: tuple[str, ...] = ()
    withdrawn_tokens: tuple[str, ...] = ()
    valid_numbers: tuple[float, ...] = ()
    blanks_withdraw: bool = False
    resolution: str = "PT1H"
    source: str | None = None


def build_batches(records: Records, options: ParseOptions) -> Iterator[pa.Table]:
    """Yield canonical batches: one of the rows that could be split into fields, one of those that could not.

    The first has a column DELIVERED as well where the file has columns without a canonical name.
    Raises TypeError for a column whose type cannot hold its content.
    """
    if len(records.row_number):
        yield _build_rows(records, options)
    if records.broken:
        yield build_broken_batch(records.broken)


def build_broken_batch(broken: list[BrokenLine]) -> pa.Table:
    """Return a canonical batch of lines that are not records."""
    rows = len(broken)
    columns = {
        "row_number": pa.array([line.row_number for line in broken], pa.int64()),
        "reason": pa.array([line.reason for line in broken], pa.string()),
        "payload": pa.array([describe_line(line.line) for line in broken], pa.string()),
    }
    return pa.table([columns.get(field.name, pa.nulls(rows, field.type)) for field in SCHEMA], schema=SCHEMA)


class _Faults:
    """The first error of each row; later errors of the same row are not reported."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.reason = np.full(rows, -1, np.int8)
        self.column: dict[str, np.ndarray] = {}
        self.reasons = list(Reason)

    def add(self, column: str, mask: np.ndarray, reason: Reason) -> None:
        first = mask & (self.reason < 0)
        self.reason[first] = self.reasons.index(reason)
        self.column[column] = self.column.get(column, np.zeros(self.rows, bool)) | mask

    def add_column(self, name: str, column: ParsedColumn, required: bool = False) -> None:
        """Add the errors of a parsed column; in a required column, a null without an error is a missing field."""
        for mask, reason in column.faults:
            self.add(name, mask, reason)
        if not required or not column.values.null_count:
            return
        missing = column.values.is_null().to_numpy(zero_copy_only=False)
        for mask, _ in column.faults:
            missing = missing & ~mask
        if missing.any():
            self.add(name, missing, Reason.MISSING_FIELD)

    def texts(self) -> pa.Array:
        """Return the reasons as a column, null where the row is good."""
        codes = pa.array(self.reason.astype(np.int32), mask=self.reason < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array([str(reason) for reason in self.reasons])).cast(
            pa.string()
        )


def _build_rows(records: Records, options: ParseOptions) -> pa.Table:
    rows = len(records.row_number)
    faults = _Faults(rows)
    built = {"row_number": records.row_number}
    built |= _build_names(records, faults)
    built |= _build_times(records, options, built["resolution"], faults)
    raw = records.columns["value"]
    numbers = parse_numbers(raw, records.decimal, (*options.missing_tokens, *options.withdrawn_tokens))
    faults.add_column("value", numbers)
    numbers = ParsedColumn(without_missing(numbers.values, options.missing_tokens), numbers.faults)
    built["value"] = numbers.values
    refuse_placeholders(built, options.valid_numbers)
    blank = _states_nothing(raw, numbers, options)
    if blank is not None:
        faults.reason[blank] = -1
    delivered = delivered_column(records.columns)
    if (faults.reason >= 0).any():
        built["reason"] = faults.texts()
        bad = faults.reason >= 0
        built["payload"] = describe_rows(built, records.columns, faults.column, bad, options.source, delivered)
    else:
        built["reason"] = built["payload"] = pa.nulls(rows, pa.string())
    if blank is not None:
        built["reason"] = pc.if_else(pa.array(blank), pa.scalar(BLANK), built["reason"])
    table = pa.table([built[field.name] for field in SCHEMA], schema=SCHEMA)
    return table if delivered is None else table.append_column(DELIVERED, delivered)


def _states_nothing(raw: pa.Array, numbers: ParsedColumn, options: ParseOptions) -> np.ndarray | None:
    """Return which rows are blank, or None where no row is."""
    if options.blanks_withdraw or not numbers.values.null_count:
        return None
    blank = numbers.values.is_null().to_numpy(zero_copy_only=False).copy()
    for mask, _ in numbers.faults:
        blank &= ~mask
    if options.withdrawn_tokens and pa.types.is_string(raw.type):
        withdrawn = pc.fill_null(is_token(raw, options.withdrawn_tokens), False)
        blank &= ~withdrawn.to_numpy(zero_copy_only=False)
    return blank if blank.any() else None


def _build_names(records: Records, faults: _Faults) -> dict[str, pa.Array]:
    built: dict[str, pa.Array] = {}
    for name in (*MANDATORY_NAMES, *OPTIONAL):
        if name not in records.columns:
            built[name] = constant(None, len(records.row_number))
            continue
        encode = encode_resolutions if name == "resolution" else encode_names
        names = encode(records.columns[name])
        built[name] = names.values
        faults.add_column(name, names, required=name in MANDATORY_NAMES)
    return built


def _build_times(
    records: Records, options: ParseOptions, resolutions: pa.DictionaryArray, faults: _Faults
) -> dict[str, pa.Array]:
    start = "interval_end" if "interval_end" in records.columns else "interval_start"
    hints = OffsetHints.of(records.columns)
    built: dict[str, pa.Array] = {}
    for name, column, hint in (("interval_start", start, hints), ("collected_at", "collected_at", OffsetHints())):
        is_knowledge = name == "collected_at" and options.collected_at_zone is not None
        zone = options.collected_at_zone if is_knowledge else options.time_zone
        with naming_rows(records.row_number, column):
            times = parse_times(records.columns[column], zone, hint)
        built[name] = times.values
        if column == "interval_end":
            built[name], no_end = _starts(times.values, resolutions, options)
            times = ParsedColumn(built[name], [*times.faults, (no_end, Reason.NOT_ALIGNED)])
        if name == "interval_start":
            times = _with_totals(times, records.columns[column])
        faults.add_column(name, times, required=True)
    return built


def _starts(ends: pa.Array, resolutions: pa.DictionaryArray, options: ParseOptions) -> tuple[pa.Array, np.ndarray]:
    """Return the starts of intervals, and which ends are of none. Raises LoadError where the calendar is unknown."""
    texts = {*resolutions.dictionary.to_pylist(), options.resolution}
    if options.time_zone is None and (calendar := sorted(texts.intersection(CALENDAR_RESOLUTIONS))):
        raise LoadError(
            f"Only the end of the intervals is stated, and {calendar[0]} has no fixed length. Name the zone in which"
            " they begin and end (--time-zone)."
        )
    zone = None if options.time_zone is None else time_zone_named(options.time_zone)
    return starts_of_ends(ends, resolutions, options.resolution, zone)


def _with_totals(times: ParsedColumn, texts: pa.Array) -> ParsedColumn:
    """Return the times with a reason of their own where a text is no time because the row is a total of others."""
    bad = next((mask for mask, reason in times.faults if reason is Reason.BAD_TIME), None)
    if bad is None or not pa.types.is_string(texts.type):
        return times
    words = texts.filter(pa.array(bad))
    distinct = [text for text in words.unique().to_pylist() if text and is_total(text)]
    totals = np.zeros(len(bad), bool)
    totals[bad] = pc.fill_null(pc.is_in(words, value_set=pa.array(distinct, pa.string())), False)
    faults = [(mask & ~totals, reason) if mask is bad else (mask, reason) for mask, reason in times.faults]
    return ParsedColumn(times.values, [*faults, (totals, Reason.TOTAL_ROW)])
