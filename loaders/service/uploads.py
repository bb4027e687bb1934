"""Read the body of a POST of measures as a table in the columns of the format long."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from loaders.messages import one_line
from loaders.registry.lookup import Registry
from loaders.service.problems import Problem

# The names of the seed system, and those of the format long.
FIELDS = {
    "grid": "grid",
    "grid_name": "grid",
    "region": "region",
    "region_name": "region",
    "node": "node",
    "node_name": "node",
    "timestamp": "interval_start",
    "interval_start": "interval_start",
    "collected_at": "collected_at",
    "value": "value",
    "metric": "metric",
    "source": "source",
    "unit": "unit",
    "resolution": "resolution",
}
REQUIRED = {"node", "interval_start", "collected_at", "value"}
MEDIA_TYPES = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.parquet": "parquet",
}
BROKEN = "The body cannot be read as {form} ({reason}). Check how it is written."


def read_body(body: bytes, content_type: str | None) -> pa.Table:
    """Return the rows of a body, with the columns as the client names them. Raises Problem 400, 415 or 422."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    form = MEDIA_TYPES.get(media_type)
    if form is None:
        raise Problem(415, f"The media type of the body is not supported. Use one of {', '.join(MEDIA_TYPES)}.")
    try:
        table = _READERS[form](body)
    except (pa.ArrowException, ValueError, KeyError, RecursionError, OSError) as error:
        raise Problem(400, BROKEN.format(form=form, reason=one_line(error, 200))) from None
    if table.num_rows == 0:
        raise Problem(422, "The body has no measures. Send at least one.")
    return table


def to_long(table: pa.Table, registry: Registry, metric: str | None, source: str | None) -> pa.Table:
    """Return a table in canonical columns: ids of nodes become names, and what only one series can be is filled in.

    Raises Problem 422 for an unknown column or node, and where the metric or the source of a node is not clear.
    """
    columns = _renamed(table)
    rows = table.num_rows
    if "node" in columns and "grid" not in columns and "region" not in columns:
        by_id = {id: names for names, id in registry.nodes.items()}
        names = [_node(value, by_id) for value in columns["node"].to_pylist()]
        for position, level in enumerate(("grid", "region", "node")):
            columns[level] = pa.array([name[position] for name in names], pa.string())
    for name, value in (("metric", metric), ("source", source)):
        if value is not None:
            if name in columns:
                raise Problem(422, f"{name} is a parameter and in the body. Use one of them.")
            columns[name] = pa.array([value] * rows, pa.string())
    missing = [name for name in ("node", "interval_start", "collected_at", "value") if name not in columns]
    if missing:
        raise Problem(422, f"The measures have no {missing[0]}. Add it to each of them.")
    if not {"grid", "region"} <= columns.keys():
        raise Problem(422, "A node is named by its id, or by grid, region and node. Add what is missing.")
    if "metric" not in columns or "source" not in columns:
        _fill_in(columns, registry, rows)
    return pa.table(columns)


def _renamed(table: pa.Table) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in table.column_names:
        if name not in FIELDS:
            raise Problem(422, f"Unknown field {name[:50]!r}. Use {', '.join(FIELDS)}.")
        if FIELDS[name] in columns:
            raise Problem(422, f"{name} is there twice, under two names. Use one of them.")
        # Generated clients send null for what was left out.
        if FIELDS[name] in REQUIRED or table[name].null_count < table.num_rows:
            columns[FIELDS[name]] = table[name]
    return columns


def _node(value: Any, by_id: Mapping[int, tuple[str, str, str]]) -> tuple[str, str, str]:
    text = str(value)
    names = by_id.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else None
    if names is None:
        raise Problem(422, f"No node has the id {text[:50]!r}. List them: /api/v1/nodes/")
    return names


def _fill_in(columns: dict[str, Any], registry: Registry, rows: int) -> None:
    """Take metric and source from the registry, where a node has only one series that fits."""
    present = [columns[name].to_pylist() if name in columns else [None] * rows for name in _NAMES]
    found: dict[tuple[Any, ...], tuple[str, ...]] = {}
    registered = {series.names for series in registry.series}
    for key in set(zip(*present, strict=True)):
        fitting = [
            names
            for names in registered
            if all(part is None or part == own for part, own in zip(key, names, strict=True))
        ]
        if len(fitting) != 1:
            label = "/".join(str(part) for part in key[:3])
            raise Problem(422, f"{len(fitting)} series of the node {label} fit. Add the metric and the source.")
        found[key] = fitting[0]
    series_of_rows = [found[key] for key in zip(*present, strict=True)]
    for name in ("metric", "source"):
        columns[name] = pa.array([names[_NAMES.index(name)] for names in series_of_rows], pa.string())


_NAMES = ("grid", "region", "node", "metric", "source")


def _from_json(body: bytes) -> pa.Table:
    parsed = json.loads(body)
    return _from_objects(parsed if isinstance(parsed, list) else [parsed])


def _from_ndjson(body: bytes) -> pa.Table:
    return _from_objects([json.loads(line) for line in body.splitlines() if line.strip()])


def _from_objects(objects: list[Any]) -> pa.Table:
    """Return objects as texts and numbers; a field that one of them has is a column."""
    if not all(isinstance(item, dict) for item in objects):
        raise ValueError("a measure is an object")
    names = dict.fromkeys(name for item in objects for name in item)
    columns = {}
    for name in names:
        values = [item.get(name) for item in objects]
        if name == "value":
            if any(isinstance(value, bool | dict | list) for value in values):
                raise ValueError("value is a number or null")
            is_text = any(isinstance(value, str) for value in values)
            columns[name] = pa.array(
                [None if value is None else str(value) if is_text else float(value) for value in values],
                pa.string() if is_text else pa.float64(),
            )
        else:
            columns[name] = pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.table(columns)


def _from_csv(body: bytes) -> pa.Table:
    """Return every cell as text; the loaders parse it."""
    header = body.partition(b"\n")[0].decode("utf-8-sig").strip()
    names = [name.strip().strip('"') for name in header.split(",")]
    options = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return pyarrow.csv.read_csv(io.BytesIO(body), convert_options=options)


def _from_arrow(body: bytes) -> pa.Table:
    return pa.ipc.open_stream(body).read_all()


def _from_parquet(body: bytes) -> pa.Table:
    return pyarrow.parquet.read_table(io.BytesIO(body))


_READERS = {
    "json": _from_json,
    "ndjson": _from_ndjson,
    "csv": _from_csv,
    "arrow": _from_arrow,
    "parquet": _from_parquet,
}
