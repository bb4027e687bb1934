"""What a rejected row looked like: one JSON object, so that the row can be mended and ingested as `long`."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

# A field this long is junk; the ledger need not keep all of it.
LONGEST = 10_000
_COLUMNS = (
    "grid", "region", "node", "metric", "source", "unit", "resolution", "interval_start", "collected_at", "value",
)  # fmt: skip


def describe(
    built: Mapping[str, pa.Array],
    original: Mapping[str, pa.Array],
    faulty: Mapping[str, np.ndarray],
    bad: np.ndarray,
    source: str | None,
) -> pa.Array:
    """A column of JSON objects, null where the row is good.

    A field that could be read is given as it was understood (times in UTC), one that could not in the file's own text.
    Where the file gave the end of the interval and it is faulty, the text stands under interval_end: taken for an
    interval_start, it would be wrong by one interval.
    """
    which = pa.array(np.flatnonzero(bad))
    fields = {name: _texts(built[name].take(which)) for name in _COLUMNS}
    fields["source"] = [name if name is not None else source for name in fields["source"]]
    for name, mask in faulty.items():
        own = name if name in original else "interval_end"
        texts = _texts(original[own].take(which))
        target = fields.setdefault(own, [None] * len(texts))
        for place in np.flatnonzero(mask[bad]):
            target[place] = texts[place]
    objects = [_json(dict(zip(fields, row, strict=True))) for row in zip(*fields.values(), strict=True)]
    placed = np.full(len(bad), None, object)
    placed[bad] = objects
    return pa.array(placed, pa.string())


def describe_line(line: str) -> str:
    """The JSON object of a line that is no record."""
    return _json({"line": _short(line)})


def _json(fields: dict[str, str | None]) -> str:
    kept = {name: text for name, text in fields.items() if text is not None or name not in ("unit", "resolution")}
    return json.dumps(kept, ensure_ascii=False)


def _texts(column: pa.Array) -> list[str | None]:
    """A column of any type as short texts; instants end in Z, local times in nothing."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        # By way of integers: Arrow's own texts of zoned times need the system's time zones.
        local = column.cast(pa.int64()).cast(pa.timestamp(kind.unit)).cast(pa.string())
        zone = "" if kind.tz is None else "Z"
        return [text and text.replace(" ", "T").removesuffix(".000000") + zone for text in local.to_pylist()]
    return [text and _short(text) for text in column.cast(pa.string()).to_pylist()]


def _short(text: str) -> str:
    # NUL has no place in the database's JSON.
    return text[:LONGEST].replace("\0", "\N{REPLACEMENT CHARACTER}")
