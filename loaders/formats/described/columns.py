"""Columns that a description makes of others: parts of texts and names, rows of unpivoted columns, filters."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.delivered_fields import EXTRA
from loaders.canonical.durations import parse_resolution, spell_resolution
from loaders.errors import LoadError
from loaders.formats.described.description import Description, as_columns
from loaders.formats.described.description_parts import groups_of
from loaders.formats.readers.described import TextTable
from loaders.formats.reshape import stack


def as_text(column: pa.Array) -> pa.Array:
    """Return a column of any type as trimmed texts; UTC times end in Z."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        local = column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
        return pc.binary_join_element_wise(local, "Z" if kind.tz else "", "")
    return pc.utf8_trim_whitespace(column if pa.types.is_string(kind) else column.cast(pa.string()))


def map_distinct(columns: Sequence[pa.Array], function: Callable[..., str | None]) -> pa.Array:
    """Return function(text, …) of each row; it is called once for each distinct combination of texts."""
    rows = len(columns[0])
    codes = np.zeros(rows, np.int64)
    parts = []
    for column in columns:
        encoded = column.dictionary_encode()
        texts = [*encoded.dictionary.to_pylist(), None]
        place = encoded.indices.fill_null(len(texts) - 1).to_numpy()
        codes = codes * len(texts) + place
        parts.append((texts, place))
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    results = [function(*(texts[place[row]] for texts, place in parts)) for row in first.tolist()]
    return pa.array(results, pa.string()).take(pa.array(which))


def complete(table: TextTable, path: Path, description: Description, collected_at: datetime | None = None) -> TextTable:
    """Return the table with every column that the description makes, and with the rows that it reads.

    Raises LoadError where a name does not hold what a pattern needs.
    """
    rows = len(table.row_numbers)
    fixed = {**table.constants, **name_parts(path, table.member, description, collected_at)}
    columns = {**table.columns}
    columns |= {name: pa.array([text] * rows, pa.string()) for name, text in fixed.items()}
    for part in description.extract:
        columns |= _extracted(as_text(columns[part.column]), part.pattern)
    table = _filled_forward(replace(table, columns=columns), description)
    return _unpivoted(table, description)


def name_parts(
    path: Path, member: str | None, description: Description, collected_at: datetime | None = None
) -> dict[str, str | None]:
    """Return the columns that are parts of the file's, folder's or member's name.

    collected_at: the knowledge time that the caller states; then no name needs to state it.
    Raises LoadError where a name does not state what the description needs.
    """
    names = {"file": path.name, "folder": path.absolute().parent.name, "member": member or path.name}
    parts: dict[str, str | None] = {}
    for rule in description.from_name:
        match = re.search(rule.pattern, names[rule.of])
        parts = {**(match.groupdict() if match else {}), **parts}
    known = description.collected_at
    optional = {known.column} if known and collected_at is not None else set()
    wanted = [name for rule in description.from_name for name in groups_of(rule.pattern) if name not in optional]
    missing = next((name for name in wanted if name in description.used_columns() and name not in parts), None)
    if missing is not None:
        rules = [rule for rule in description.from_name if missing in groups_of(rule.pattern)]
        shown = " or ".join(f"the {rule.of}'s name {names[rule.of]!r}" for rule in rules)
        advice = "Pass --collected-at" if known and missing == known.column else f"Name it like {rules[0].pattern}"
        raise LoadError(f"{path}: the {missing} that {description.name} needs is not in {shown}. {advice}.")
    return parts


def _extracted(texts: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """Return the groups of the pattern as columns, null where a text is not like the pattern."""
    compiled = re.compile(pattern)
    encoded = texts.dictionary_encode()
    matches = [compiled.fullmatch(text) for text in encoded.dictionary.to_pylist()]
    columns = {}
    for name in groups_of(pattern):
        found = pa.array([match[name] if match else None for match in matches], pa.string())
        columns[name] = found.take(encoded.indices)
    return columns


def _unpivoted(table: TextTable, description: Description) -> TextTable:
    """Return one row per number where columns are nodes, metrics or hours; rows are numbered consecutively."""
    unpivot = description.unpivot
    if unpivot is None:
        return table
    pattern, rows = re.compile(unpivot.columns), len(table.row_numbers)
    keep = {*description.columns(), *description.made_columns()}
    others = {name for name in table.columns if name.startswith(EXTRA)}
    across = [name for name in table.columns if name not in keep | others and pattern.fullmatch(name)]
    times = len(across)
    columns = {name: pa.concat_arrays([table.columns[name]] * times) for name in table.columns if name not in across}
    for group in groups_of(unpivot.columns):
        texts = [pattern.fullmatch(name)[group] for name in across]  # type: ignore[index]
        columns[group] = pa.array(texts, pa.string()).take(pa.array(np.repeat(np.arange(times), rows)))
    columns[unpivot.value] = stack([table.columns[name] for name in across])
    first = (table.row_numbers - 1) * times
    numbers = np.concatenate([first + place for place in range(1, times + 1)])
    broken = [replace(line, row_number=(line.row_number - 1) * times + 1) for line in table.broken]
    return replace(table, columns=columns, row_numbers=numbers, broken=broken, blocks=None)


def rows_read(table: TextTable, description: Description) -> TextTable:
    """Return the rows that the filters of the description keep."""
    keep = np.ones(len(table.row_numbers), bool)
    conditions = [(name, texts, True) for name, texts in description.where.items()]
    conditions += [(name, texts, False) for name, texts in description.where_not.items()]
    for name, texts, wanted in conditions:
        keep &= _is_in(as_text(table.columns[name]), texts) == wanted
    if description.metric_column:
        keep &= _is_in(metric_texts(table, description), description.metrics)
    return table if keep.all() else select(table, keep)


def metric_texts(table: TextTable, description: Description) -> pa.Array:
    """Return the text that states the metric of each row."""
    return joined([as_text(table.columns[name]) for name in as_columns(description.metric_column)])


def joined(columns: Sequence[pa.Array]) -> pa.Array:
    """Return texts of several columns joined by a space; null where all are null."""
    if len(columns) == 1:
        return columns[0]
    return map_distinct(columns, lambda *texts: " ".join(text for text in texts if text) if any(texts) else None)


def select(table: TextTable, keep: np.ndarray) -> TextTable:
    """Return the rows of a mask."""
    mask = pa.array(keep)
    columns = {name: column.filter(mask) for name, column in table.columns.items()}
    blocks = None if table.blocks is None else table.blocks[keep]
    return replace(table, columns=columns, row_numbers=table.row_numbers[keep], blocks=blocks)


def _is_in(column: pa.Array, texts: Sequence[str] | Mapping[str, str]) -> np.ndarray:
    found = pc.is_in(column, value_set=pa.array(list(texts), pa.string()))
    if "" in texts:
        found = pc.or_(found, pc.is_null(column))
    return pc.fill_null(found, False).to_numpy(zero_copy_only=False)


def _filled_forward(table: TextTable, description: Description) -> TextTable:
    """Return the table with a row for each position that a block leaves out because its value is the one before."""
    block = description.time.block
    if block is None or not block.fillForward or table.blocks is None:
        return table
    fills = np.ones(len(table.row_numbers), bool)
    for name, texts in block.fillForward.items():
        fills &= _is_in(as_text(table.columns[name]), texts)
    positions = table.columns[block.position].to_pylist()
    ends = _block_lengths(table, description) if fills.any() else []
    take: list[int] = []
    place_of: list[str | None] = []
    for row, text in enumerate(positions):
        take.append(row)
        place_of.append(text)
        if not fills[row] or not (text or "").isdigit() or not ends[row]:
            continue
        is_last = row + 1 == len(positions) or table.blocks[row + 1] != table.blocks[row]
        following = "" if is_last else positions[row + 1] or ""
        if not is_last and not following.isdigit():
            continue
        until = ends[row] + 1 if is_last else int(following)
        for position in range(int(text or 0) + 1, until):
            take.append(row)
            place_of.append(str(position))
    rows = pa.array(take)
    columns = {name: column.take(rows) for name, column in table.columns.items()}
    columns[block.position] = pa.array(place_of, pa.string())
    numbers = np.arange(1, len(take) + 1)
    return replace(table, columns=columns, row_numbers=numbers, blocks=table.blocks[take])


def _block_lengths(table: TextTable, description: Description) -> list[int]:
    """Return how many positions the block of each row has, 0 where that is unknown."""
    from loaders.formats.described.times import block_length

    block = description.time.block
    assert block is not None
    columns = [as_text(table.columns[name]) for name in (block.start, block.end)]
    lengths = resolutions_of(table, description)
    texts = map_distinct(
        [*columns, lengths], lambda start, end, length: str(block_length(start, end, length, description.time))
    )
    return [int(text) for text in texts.to_pylist()]


def resolutions_of(table: TextTable, description: Description) -> pa.Array:
    """Return the resolution of each row in its one spelling, null where the spacing or start and end state it.

    A text of the column that is no resolution stays as it is.
    """
    rows, resolution = len(table.row_numbers), description.resolution
    if isinstance(resolution, str):
        return pa.array([spell_resolution(resolution)], pa.string()).take(pa.array(np.zeros(rows, np.int64)))
    if resolution.column is None:
        return pa.nulls(rows, pa.string())
    texts = as_text(table.columns[resolution.column])
    return map_distinct([texts], lambda text: _spelled(resolution.texts.get(text or "", text)))


def _spelled(text: str | None) -> str | None:
    try:
        return text and spell_resolution(text)
    except ValueError:
        return text


def divides_day(text: str | None) -> bool:
    """Return whether a text is a resolution that divides a day."""
    try:
        return bool(text) and bool(parse_resolution(text or ""))
    except ValueError:
        return False
