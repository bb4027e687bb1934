"""Read newline-delimited JSON as records: one object per line. The first object is the header.

Arrow parses whole blocks in which every object is flat and complete; others are read line by line.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from loaders.canonical.batch import OPTIONAL, BrokenLine, Reason, Records
from loaders.canonical.delivered_fields import line_key
from loaders.errors import LoadError
from loaders.formats.column_mapping import listed, match_columns
from loaders.formats.file_format import ReadOptions
from loaders.formats.readers.byte_stream import line_blocks

Keys = dict[str, str]  # canonical name → the file's key


def ndjson_records(chunks: Iterable[bytes], path: Path, options: ReadOptions) -> Iterator[Records]:
    """Yield records of a file's bytes, a block at a time. Raises LoadError as line_blocks and match_columns do."""
    keys, rows = None, 0
    for data in line_blocks(chunks, path):
        lines = [line for line in data.split(b"\n") if line.strip()]
        if not lines:
            continue
        if keys is None:
            keys = _find_keys(lines[0], path, options)
        columns = _parse(data, keys, len(lines))
        places = np.arange(len(lines))
        broken: list[BrokenLine] = []
        if columns is None:
            columns, places, broken = _parse_lines(lines, keys, rows)
        if _has_others(data, keys):
            columns[line_key(keys.values())] = pa.array([lines[place] for place in places], pa.string())
        yield Records(columns, pa.array(places + (rows + 1), pa.int64()), broken)
        rows += len(lines)


def _find_keys(line: bytes, path: Path, options: ReadOptions) -> Keys:
    first = _object(line.decode())
    if first is None:
        raise LoadError(f"{path}: its first line is not a flat JSON object. Write one object per line.")
    found = list(first)
    try:
        keys = {ours: found[place] for ours, place in match_columns(found, path, options).items()}
    except LoadError:
        if nested := [name for name in found if isinstance(first[name], dict | list)]:
            raise LoadError(
                f"{path}: is one JSON document with objects or lists in {listed(nested)}, and no publisher's format"
                " fits. Describe it with a file of kind json (--format mine.yml), or write one flat object per line."
            ) from None
        raise
    # An optional field may be missing in the first object and present in a later one.
    taken = {*keys.values(), *options.column_map, *options.column_map.values()}
    return keys | {name: name for name in OPTIONAL if name not in keys and name not in taken}


def _parse(data: bytes, keys: Keys, lines: int) -> dict[str, pa.Array] | None:
    """Return the columns, or None where Arrow cannot distinguish a null field from a missing one."""
    if data.count(b"{") != lines:
        return None
    if any(data.count(json.dumps(key).encode() + b":") != lines for ours, key in keys.items() if ours not in OPTIONAL):
        return None
    schema = pa.schema([(key, pa.float64() if ours == "value" else pa.string()) for ours, key in keys.items()])
    try:
        table = pa.json.read_json(
            pa.BufferReader(data),
            read_options=pa.json.ReadOptions(block_size=len(data) + 1),
            parse_options=pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    if len(table) != lines:
        return None
    return {ours: table.column(key).combine_chunks() for ours, key in keys.items()}


def _has_others(data: bytes, keys: Keys) -> bool:
    """Return whether the objects may have fields without a canonical name."""
    known = sum(data.count(json.dumps(key).encode() + b":") for key in keys.values())
    return data.count(b'":') + data.count(b'" :') > known


def _parse_lines(lines: list[bytes], keys: Keys, rows: int) -> tuple[dict[str, pa.Array], np.ndarray, list[BrokenLine]]:
    kept: list[dict[str, str | None]] = []
    places: list[int] = []
    broken: list[BrokenLine] = []
    for place, line in enumerate(lines):
        text = line.decode()
        record = _object(text, set(keys.values()))
        if record is None:
            broken.append(BrokenLine(rows + place + 1, Reason.BAD_LINE, text))
        elif keys["value"] not in record:
            # A missing value is not a withdrawn value.
            broken.append(BrokenLine(rows + place + 1, Reason.MISSING_FIELD, text))
        else:
            kept.append(record)
            places.append(place)
    columns = {ours: pa.array([record.get(key) for record in kept], pa.string()) for ours, key in keys.items()}
    return columns, np.array(places, np.int64), broken


def _object(text: str, wanted: set[str] | None = None) -> dict[str, Any] | None:
    """Return the object of a line, numbers as their own text; None for other JSON and nested wanted fields."""
    try:
        record = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    for key in record if wanted is None else wanted & record.keys():
        field = record[key]
        if wanted is not None and not (field is None or (isinstance(field, str) and _is_unicode(field))):
            return None
    return record if all(_is_unicode(key) for key in record) else None


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("duplicate key in one object")
    return fields


def _is_unicode(text: str) -> bool:
    """Return False for half of a surrogate pair, which JSON can encode and UTF-8 cannot."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)
