"""New nodes that are the total of others, by their names or by their values: they are refused."""

from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.derived_columns import find_derived
from loaders.canonical.sums import MIN_ROWS
from loaders.canonical.totals import is_total, words_of
from loaders.errors import LoadError
from loaders.messages import join_names
from loaders.registry.lookup import Registry, SeriesKey

Node = tuple[str, str, str]  # grid, region, node
# With more nodes or rows the comparison takes too long.
MAX_NODES, MAX_ROWS = 300, 1 << 18


def refuse_totals(unknown: Iterable[SeriesKey], keys: Iterable[SeriesKey], registry: Registry) -> None:
    """Raise LoadError for a new node whose name says that it is a total of its region, next to other nodes there."""
    nodes = {(key.grid, key.region, key.node) for key in keys} | set(registry.nodes)
    for grid, region, node in sorted({(key.grid, key.region, key.node) for key in unknown} - set(registry.nodes)):
        # Total Germany, in a region or grid of that name, is its total.
        rest = " ".join(word for word in words_of(node) if word not in words_of(f"{grid} {region}"))
        if (is_total(node) or is_total(rest)) and any(
            parents == [grid, region] and name != node for *parents, name in nodes
        ):
            raise LoadError(
                f"The node {node} seems to be a total or an average of the other nodes of {region}, and would be"
                f" counted twice. Leave its rows out (--total '{node}'; in a description totals), or register it first"
                " if it is a location. Nothing was stored."
            )


def refuse_sums(rows: pa.Table, new: Collection[Node]) -> None:
    """Raise LoadError for a new node whose values are computed from those of other nodes of its region."""
    if found := find_computed_node(rows, new):
        name, relation = found
        raise LoadError(
            f"{relation}, so they would be counted twice. Leave its rows out (--total '{name}'; in a description"
            " totals), or register the node first if it is a location. Nothing was stored."
        )


def find_computed_node(rows: pa.Table, new: Collection[Node]) -> tuple[str, str] | None:
    """Return a new node whose values are computed from those of others of its region, and a clause that says how."""
    for grid, region in sorted({node[:2] for node in new}) if len(rows) <= MAX_ROWS else ():
        within = pc.and_(pc.equal(rows["grid"], grid), pc.equal(rows["region"], region))
        part = rows.filter(pc.fill_null(within, False))
        for metric in part["metric"].unique().to_pylist():
            names = {node for *parents, node in new if parents == [grid, region]}
            if found := _find_derived(part.filter(pc.equal(part["metric"], metric)), names):
                name, what, parts = found
                return name, f"The values of the node {name} are {what} of those of {join_names(parts)} in {region}"
    return None


def _find_derived(rows: pa.Table, new: Collection[str]) -> tuple[str, str, list[str]] | None:
    """Return a new node whose values are computed from those of others, what they are of them, and the others."""
    nodes = rows["node"].cast(pa.string()).combine_chunks().dictionary_encode()
    names = nodes.dictionary.to_pylist()
    if not 3 <= len(names) <= MAX_NODES:
        return None
    keys = np.stack([rows[name].cast(pa.int64()).to_numpy() for name in ("interval_start", "collected_at")])
    _, places = np.unique(keys, axis=1, return_inverse=True)
    values = np.full((len(names), places.max() + 1), np.nan)
    values[nodes.indices.to_numpy(), places.ravel()] = rows["value"].to_numpy()
    while found := find_derived(values):
        varies = len(np.unique(values[found.position])) >= MIN_ROWS
        if varies and names[found.position] in new:
            return names[found.position], found.what, [names[part] for part in found.parts]
        # A registered total does not hide another one.
        values[found.position] = np.nan
    return None
