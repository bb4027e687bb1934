"""The fields of a delivery that have no canonical column. They are kept with a row that is rejected.

A column of records whose key starts with EXTRA is one such field. One whose key starts with LINE has each row's whole
JSON object, and the names of its fields that have a canonical column follow in the key. Batches have all of them as
one column DELIVERED of structs, which only rejected rows are read from.
"""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

EXTRA = "extra "
LINE = "line "
DELIVERED = "delivered"
# These resolve a repeated hour, so a row is not complete without them.
HINTS = ("utc_offset", "dst", "repeated_hour")
# Names that a field without a role cannot keep, because the payload has them for something else.
TAKEN = (
    "grid", "region", "node", "metric", "source", "unit", "resolution", "interval_start", "interval_end",
    "collected_at", "value", "line", "row_number", "reason",
)  # fmt: skip
# A longer field is junk; the ledger does not keep all of it.
MAX_FIELD_LENGTH = 10_000
MAX_NAME_LENGTH = 200


def extra_columns(header: Sequence[str], places: Mapping[str, int]) -> dict[str, int]:
    """Return EXTRA and name → index of the columns of a header that have no role."""
    used = set(places.values())
    return {
        EXTRA + (name.strip() or f"column {index + 1}"): index for index, name in enumerate(header) if index not in used
    }


def line_key(used: Iterable[str]) -> str:
    """Return the key of a column of JSON objects. used: the names of the fields that have a canonical column."""
    return LINE + json.dumps(sorted(used))


def delivered_column(columns: Mapping[str, pa.Array]) -> pa.StructArray | None:
    """Return the fields of records that have no canonical column, and the hints; None without any."""
    kept = {name: columns[name] for name in HINTS if name in columns}
    kept |= {name: column for name, column in columns.items() if name.startswith((EXTRA, LINE))}
    return pa.StructArray.from_arrays(list(kept.values()), names=list(kept)) if kept else None


def delivered_fields(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of one row of DELIVERED by their names in the delivery, as JSON can hold them."""
    fields: dict[str, Any] = {}
    taken = set(TAKEN)
    for key, content in (row or {}).items():
        if key.startswith(LINE):
            used = json.loads(key.removeprefix(LINE))
            named = {name: text for name, text in _parse_line(content).items() if name not in used}
        else:
            named = {key.removeprefix(EXTRA): content}
        for name, text in named.items():
            free = _free_name(name, taken)
            taken.add(free.lower())
            fields[free] = plain(text)
    return fields


def plain(content: Any) -> Any:
    """Return a field as JSON can hold it: numbers and truth values as they are, all else as a short text."""
    if content is None or isinstance(content, bool | int):
        return content
    if isinstance(content, bytes):
        content = content.decode(errors="replace")
    elif isinstance(content, dict | list):
        content = json.dumps(content, default=str, ensure_ascii=False)
    return shorten(content if isinstance(content, str) else str(content))


def shorten(text: str) -> str:
    """Return a text that PostgreSQL can store in JSON: without NUL and halves of surrogate pairs, and not too long."""
    text = text[:MAX_FIELD_LENGTH].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode(errors="replace").decode()


def _parse_line(line: str | None) -> dict[str, Any]:
    try:
        return {} if line is None else dict(json.loads(line, parse_int=str, parse_float=str, parse_constant=str))
    except (ValueError, RecursionError):
        return {"json": line}


def _free_name(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken in any case: two columns that differ in case only cannot be loaded again."""
    name = shorten(name[:MAX_NAME_LENGTH])
    while name.lower() in taken:
        name = f"delivered {name}"
    return name
