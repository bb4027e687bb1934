"""Times that are months or years, such as 2024-01 and 2024: local midnight of the day on which they begin."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.durations import spell_resolution
from loaders.canonical.names import constant
from loaders.errors import LoadError
from loaders.notices import notify

# Resolution → the shape of all texts, and what is added to make each a day.
_SHAPES = {"P1M": (r"^(?:19|20)\d\d-(?:0[1-9]|1[0-2])$", "-01"), "P1Y": (r"^(?:19|20)\d\d$", "-01-01")}


def read_calendar_texts(stream: Iterable[Records], path: Path, stated: str | None) -> Iterator[Records]:
    """Yield the records with days instead of months or years, and with the resolution that these show.

    stated: the resolution that the caller states. Raises LoadError where it, or that of a row, is another one.
    """
    is_first = True
    for records in stream:
        column = records.columns.get("interval_start")
        resolution = None if column is None or "interval_end" in records.columns else _resolution(column)
        if column is None or resolution is None:
            yield records
            continue
        _refuse_other(records, path, resolution, stated)
        if is_first:
            notify(path, f"resolution {resolution} (inferred from times such as {column.drop_null()[0]})")
        is_first = False
        texts = pc.utf8_trim_whitespace(column)
        days = pc.if_else(pc.equal(texts, ""), texts, pc.binary_join_element_wise(texts, _SHAPES[resolution][1], ""))
        lengths = constant(resolution, len(records.row_number))
        columns = {**records.columns, "interval_start": days, "resolution": lengths}
        yield Records(columns, records.row_number, records.broken, records.decimal)


def _resolution(column: pa.Array) -> str | None:
    """Return the resolution that all texts of a column show, or None."""
    if not pa.types.is_string(column.type):
        return None
    texts = pc.utf8_trim_whitespace(column.drop_null())
    texts = texts.filter(pc.not_equal(texts, ""))
    for resolution, (shape, _) in _SHAPES.items():
        if len(texts) and pc.all(pc.match_substring_regex(texts, shape)).as_py():
            return resolution
    return None


def _refuse_other(records: Records, path: Path, resolution: str, stated: str | None) -> None:
    lengths = [stated] if stated else []
    if "resolution" in records.columns:
        lengths += pc.unique(records.columns["resolution"].cast(pa.string())).drop_null().to_pylist()
    for text in lengths:
        try:
            is_same = not text.strip() or spell_resolution(text.strip()) == resolution
        except ValueError:
            is_same = False
        if not is_same:
            raise LoadError(
                f"{path}: the times, such as {records.columns['interval_start'][0]}, are for {resolution}, but the"
                f" resolution is {text}. Correct one of them."
            )
