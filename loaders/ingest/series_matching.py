"""From canonical names to series ids: vectorised, with a reason for each row that cannot be placed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.units import factor
from loaders.registry.lookup import Registry, SeriesKey

NAMES = ("grid", "region", "node", "metric", "source", "unit", "resolution")
MOST_CODES = 1 << 62
ALIGNMENT_SECONDS = 900  # grids offset by 30 or 45 minutes have hours that begin at a quarter of a UTC hour


@dataclass(frozen=True)
class Defaults:
    """What a delivery says once for all its rows, and whether names it uses may be made known.

    time_zone: the IANA zone of a grid that is not registered yet.
    """

    source: str
    resolution: str = "PT1H"
    create_missing: bool = False
    time_zone: Callable[[str], str] = lambda grid: "UTC"


@dataclass(frozen=True)
class Placement:
    """Where the rows of one combination of names go: a series and the factor to its unit, or a reason why not."""

    series_id: int = 0
    step_seconds: int = 1
    reason: str | None = None
    factor: float = 1.0


def resolve(batch: pa.Table, registry: Registry, defaults: Defaults) -> tuple[pa.Table, pa.Table]:
    """Split a canonical batch into rows to store and rows to refuse.

    Returns (series_id int4, interval_start, collected_at, value, row_number) and (row_number, reason, payload).
    """
    bad = pc.is_valid(batch["reason"])
    refused = [batch.filter(bad).select(["row_number", "reason", "payload"])]
    good = batch.filter(pc.invert(bad)) if pc.any(bad).as_py() else batch
    placements, which = _place(good, registry, defaults)
    reasons = _reasons(good, placements, which)
    if reasons is not None:
        misplaced = pc.is_valid(reasons)
        refused.append(_refuse(good.filter(misplaced), reasons.filter(misplaced), defaults.source))
        keep = pc.invert(misplaced)
        good, which = good.filter(keep), which[keep.to_numpy(zero_copy_only=False)]
    series_ids = np.array([place.series_id for place in placements], dtype=np.int32)
    rows = pa.table(
        {
            "series_id": pa.array(series_ids[which] if len(which) else [], type=pa.int32()),
            "interval_start": good["interval_start"],
            "collected_at": good["collected_at"],
            "value": _converted(good["value"], placements, which),
            "row_number": good["row_number"],
        }
    )
    # Permissive: row numbers are marked as never null in one and not in the other.
    return rows, pa.concat_tables(refused, promote_options="permissive")


def _converted(values: pa.ChunkedArray, placements: list[Placement], which: np.ndarray) -> pa.ChunkedArray:
    """The values in the units of their series."""
    factors = np.array([place.factor for place in placements])
    if (factors == 1).all():
        return values
    return pc.multiply(values, pa.array(factors[which]))


def _place(rows: pa.Table, registry: Registry, defaults: Defaults) -> tuple[list[Placement], np.ndarray]:
    """The distinct combinations of names, each with its placement, and for each row which combination it has."""
    codes, span = np.zeros(rows.num_rows, dtype=np.int64), 1
    columns: list[tuple[list[str | None], np.ndarray]] = []
    for name in NAMES:
        texts, places = _encoded(rows[name])
        if span * len(texts) > MOST_CODES:  # as in a file of nothing but different names: number anew what there is
            codes = np.unique(codes, return_inverse=True)[1]
            span = rows.num_rows
        codes, span = codes * len(texts) + places, span * len(texts)
        columns.append((texts, places))
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    combinations = [
        {name: texts[places[row]] for name, (texts, places) in zip(NAMES, columns, strict=True)}
        for row in first.tolist()
    ]
    return _find(combinations, registry, defaults), which


def _encoded(column: pa.ChunkedArray) -> tuple[list[str | None], np.ndarray]:
    """The different texts of a column, null last, and for each row the place of its text among them."""
    encoded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    encoded = encoded.combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    texts = [*encoded.dictionary.to_pylist(), None]
    return texts, pc.fill_null(encoded.indices, len(texts) - 1).to_numpy(zero_copy_only=False)


def _find(combinations: list[dict], registry: Registry, defaults: Defaults) -> list[Placement]:
    keys = [
        SeriesKey(c["grid"], c["region"], c["node"], c["metric"], c["source"] or defaults.source) for c in combinations
    ]
    resolutions = {key: c["resolution"] for key, c in zip(keys, combinations, strict=True) if c["resolution"]}
    unknown = {key for key in keys if registry.missing_level(key)}
    if unknown and defaults.create_missing:
        registry.create(unknown, defaults.time_zone, lambda key: resolutions.get(key, defaults.resolution))
    return [_placement(key, c, registry) for key, c in zip(keys, combinations, strict=True)]


def _placement(key: SeriesKey, names: dict[str, str | None], registry: Registry) -> Placement:
    reason = registry.missing_level(key)
    if reason:
        return Placement(reason=reason)
    series = registry.series[key]
    to_unit = factor(names["unit"], series.unit) if names["unit"] else 1.0
    if to_unit is None:
        return Placement(reason="unknown_unit")
    return Placement(series.series_id, gcd(series.resolution_seconds, ALIGNMENT_SECONDS), factor=to_unit)


def _reasons(rows: pa.Table, placements: list[Placement], which: np.ndarray) -> pa.Array | None:
    """A reason for each row (null = none), or None when all rows are well placed."""
    if rows.num_rows == 0:
        return None
    step_us = np.array([place.step_seconds * 1_000_000 for place in placements], dtype=np.int64)[which]
    starts = rows["interval_start"].cast(pa.int64()).to_numpy()
    unaligned = starts % step_us != 0
    bad_names = np.array([place.reason is not None for place in placements])[which]
    if not (unaligned.any() or bad_names.any()):
        return None
    reasons = np.where(unaligned, "not_aligned", None)
    named = np.array([place.reason for place in placements], dtype=object)[which]
    return pa.array(np.where(bad_names, named, reasons), type=pa.string())


def _refuse(rows: pa.Table, reasons: pa.ChunkedArray, source: str) -> pa.Table:
    """Rejected rows whose own text was sound: the payload is the row in canonical columns, whole with its source."""
    columns = [name for name in rows.column_names if name not in ("row_number", "reason", "payload")]
    payloads = [
        json.dumps(
            {"source": source} | {name: value for name, value in record.items() if value is not None}, default=_iso
        )
        for record in rows.select(columns).to_pylist()
    ]
    return pa.table(
        {"row_number": rows["row_number"], "reason": reasons, "payload": pa.array(payloads, type=pa.string())}
    )


def _iso(value: object) -> str:
    return value.isoformat()
