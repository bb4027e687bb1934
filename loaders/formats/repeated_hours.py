"""Disambiguate the two hours that the clocks repeat, by the order of the rows in a file that runs forward in time.

A repeated local time that is in the file twice, for the same node and knowledge time, is first the earlier and then
the later hour. Once or three times in the file, or in a file that runs backward, it stays ambiguous.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import Records
from loaders.canonical.offset_hints import naming_rows
from loaders.canonical.rejects import Reason
from loaders.canonical.times import DAY_MICROSECONDS, OffsetHints, parse_times, repeated_offsets
from loaders.formats.column_mapping import MEASURE
from loaders.formats.reshape import stack
from loaders.notices import notify

_KEY = ("grid", "region", "node", "metric", "source", "collected_at")


def disambiguate(stream: Iterable[Records], time_zone: str | None) -> Iterator[Records]:
    """Yield the same records, the ambiguous ones last and with a utc_offset where the order determines it.

    They wait for the end of the file, because only there the number of their occurrences is certain.
    """
    if time_zone is None:
        yield from stream
        return
    held: list[Records] = []
    forward = 0
    for records in stream:
        hints = OffsetHints.of(records.columns)
        with naming_rows(records.row_number, _time_column(records)):
            instants = parse_times(records.columns[_time_column(records)], time_zone, hints)
        ambiguous = next((mask for mask, why in instants.faults if why is Reason.AMBIGUOUS_TIME), None)
        forward += _direction(instants.values)
        if ambiguous is None:
            yield records
            continue
        held.append(_filtered(records, ambiguous))
        yield _filtered(records, ~ambiguous, keep_broken=True)
    if held:
        yield _in_order(held, time_zone) if forward >= 0 else _stacked(held)


def _time_column(records: Records) -> str:
    return "interval_end" if "interval_end" in records.columns else "interval_start"


def _direction(instants: pa.Array) -> int:
    """Return how many rows are up to a day later than the row before, minus those that are earlier."""
    steps = np.diff(instants.drop_null().cast(pa.int64()).to_numpy())
    return int(np.sign(steps[np.abs(steps) <= DAY_MICROSECONDS]).sum())


def _filtered(records: Records, mask: np.ndarray, keep_broken: bool = False) -> Records:
    which = pa.array(mask)
    columns = {name: column.filter(which) for name, column in records.columns.items()}
    return Records(columns, records.row_number.filter(which), records.broken if keep_broken else [], records.decimal)


def _stacked(held: list[Records]) -> Records:
    def plain(column: pa.Array) -> pa.Array:
        return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column

    # A field that nothing is read from may be missing in a part of the file.
    names = dict.fromkeys(name for records in held for name in records.columns)
    columns = {
        name: stack([plain(records.columns.get(name, pa.nulls(len(records.row_number)))) for records in held])
        for name in names
    }
    return Records(columns, pa.concat_arrays([records.row_number for records in held]), [], held[-1].decimal)


def _in_order(held: list[Records], time_zone: str) -> Records:
    records = _stacked(held)
    # Read as UTC, a local time is a number that two equal local times share.
    local = parse_times(records.columns[_time_column(records)], "UTC").values
    keys = [records.columns[name].to_pylist() for name in _KEY if name in records.columns]
    places: dict[tuple, list[int]] = {}
    for place, key in enumerate(zip(local.cast(pa.int64()).to_pylist(), *keys, strict=True)):
        places.setdefault(key, []).append(place)
    first, second = repeated_offsets(local.cast(pa.int64()).cast(pa.timestamp("us")), time_zone)
    offsets: list[str | None] = [None] * len(local)
    pairs = [twins for twins in places.values() if len(twins) == 2]
    for earlier, later in pairs:
        offsets[earlier], offsets[later] = _text(first[earlier]), _text(second[later])
    _report(records, pairs)
    columns = {**records.columns, "utc_offset": pa.array(offsets, pa.string())}
    return Records(columns, records.row_number, [], records.decimal)


def _report(records: Records, pairs: list[list[int]]) -> None:
    """Say what the order decided, and which pairs look like one line that was written twice."""
    if not pairs:
        return
    notify("repeated hours", f"the order of the rows separates {len(pairs)} repeated local times (inferred)")
    numbers = [column.to_pylist() for name, column in records.columns.items() if name == "value" or MEASURE in name]
    same = [pair for pair in pairs if all(values[pair[0]] == values[pair[1]] for values in numbers)]
    if same:
        rows = " and ".join(str(records.row_number[place].as_py()) for place in same[0])
        notify("repeated hours", f"rows {rows} have the same local time and value. Check that no line is there twice")


def _text(minutes: int) -> str:
    hours, rest = divmod(abs(int(minutes)), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
