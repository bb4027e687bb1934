"""Turn records of several numbers into one row per number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.derived_columns import find_derived
from loaders.canonical.numbers import parse_numbers
from loaders.errors import LoadError
from loaders.formats.column_mapping import MEASURE
from loaders.messages import join_names
from loaders.notices import notify


@dataclass(frozen=True)
class Measure:
    """One column of numbers: its key among the records' columns, and the names (node, metric …) of its rows."""

    key: str
    names: Mapping[str, str]


def node_measures(records: Records) -> list[Measure]:
    """Return the number columns as nodes, named by their columns."""
    return [Measure(key, {"node": key.removeprefix(MEASURE)}) for key in records.columns if key.startswith(MEASURE)]


def refuse_totals(records: Records, path: Path) -> None:
    """Raise LoadError where a number column is computed from others: stored as a node, it would be counted twice."""
    names = [key.removeprefix(MEASURE) for key in records.columns if key.startswith(MEASURE)]
    if len(names) < 3 or not len(records.row_number):
        return
    numbers = [parse_numbers(records.columns[MEASURE + name], records.decimal).values for name in names]
    values = np.array([pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False) for column in numbers])
    if (found := find_derived(values)) is None:
        return
    name, parts = names[found.position], [names[part] for part in found.parts]
    of = f"the {len(parts)} other columns" if len(parts) == len(names) - 1 else f"{join_names(parts)}"
    raise LoadError(
        f"{path}: the column {name} is {found.what} of {of}. As a node it would be counted twice. Leave it out"
        f" (--ignore '{name}'), or leave out the others."
    )


def without_totals(records: Records, totals: Sequence[str], path: Path) -> Records:
    """Return the records without the rows of nodes that are the sum of others."""
    if not totals or "node" not in records.columns:
        return records
    nodes = pc.utf8_trim_whitespace(records.columns["node"].cast(pa.string()))
    keep = pc.invert(pc.fill_null(pc.is_in(nodes, value_set=pa.array(list(totals), pa.string())), False))
    notify(path, f"rows of the totals {', '.join(totals)} were left out")
    columns = {name: column.filter(keep) for name, column in records.columns.items()}
    return Records(columns, records.row_number.filter(keep), records.broken, records.decimal)


def unpivot(records: Records, measures: Sequence[Measure]) -> Records:
    """Return long records: all rows of the first measure, then all of the second, and so on.

    measures: at least one, all with the same kinds of names. The rows of a record are numbered consecutively, in the
    order of the measures; a broken line counts as the first of its rows.
    """
    times, rows = len(measures), len(records.row_number)
    keys = {measure.key for measure in measures}
    columns = {name: pa.concat_arrays([column] * times) for name, column in records.columns.items() if name not in keys}
    for name in measures[0].names:
        columns[name] = _repeated([measure.names[name] for measure in measures], rows)
    columns["value"] = stack([records.columns[measure.key] for measure in measures])
    first = (records.row_number.to_numpy() - 1) * times
    numbers = np.concatenate([first + place for place in range(1, times + 1)])
    broken = [replace(each, row_number=(each.row_number - 1) * times + 1) for each in records.broken]
    return Records(columns, pa.array(numbers, pa.int64()), broken, records.decimal)


def _repeated(names: Sequence[str], rows: int) -> pa.DictionaryArray:
    """Repeat each name `rows` times."""
    encoded = pa.array(names, pa.string()).dictionary_encode()
    which = np.repeat(encoded.indices.to_numpy(), rows)
    return pa.DictionaryArray.from_arrays(pa.array(which, pa.int32()), encoded.dictionary)


def stack(columns: Sequence[pa.Array]) -> pa.Array:
    """Concatenate columns: their common type, else float64 for numbers, else string."""
    kinds = {column.type for column in columns if not pa.types.is_null(column.type)}
    if len(kinds) > 1:
        kinds = {pa.float64() if all(map(_is_number, kinds)) else pa.string()}
    kind = kinds.pop() if kinds else pa.null()
    return pa.concat_arrays([column if column.type == kind else column.cast(kind, safe=False) for column in columns])


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
