"""New nodes that are the total of others: by their names they are refused, by their values they are reported."""

from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.totals import is_total, words_of
from loaders.errors import LoadError
from loaders.notices import notify
from loaders.registry.lookup import Registry, SeriesKey

Node = tuple[str, str, str]  # grid, region, node
# In fewer intervals a sum may be a coincidence; with more nodes or rows the comparison takes too long.
MIN_INTERVALS = 3
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


def report_sums(rows: pa.Table, new: Collection[Node]) -> None:
    """Say which new nodes have the sum of all other nodes of their region in each interval of these rows."""
    for grid, region in sorted({node[:2] for node in new}) if len(rows) <= MAX_ROWS else ():
        within = pc.and_(pc.equal(rows["grid"], grid), pc.equal(rows["region"], region))
        part = rows.filter(pc.fill_null(within, False))
        for metric in part["metric"].unique().to_pylist():
            for name in _sums(part.filter(pc.equal(part["metric"], metric))):
                if (grid, region, name) in new:
                    notify(
                        f"Node {name}",
                        f"is the sum of the other nodes of {region}, which roll-ups would count twice. If it is their"
                        f" total, withdraw this load and pass --total '{name}'",
                    )


def _sums(rows: pa.Table) -> list[str]:
    """Return the nodes whose values are the sum of all others wherever all have one."""
    nodes = rows["node"].cast(pa.string()).combine_chunks().dictionary_encode()
    count = len(nodes.dictionary)
    if not 3 <= count <= MAX_NODES:
        return []
    keys = np.stack([rows[name].cast(pa.int64()).to_numpy() for name in ("interval_start", "collected_at")])
    _, places = np.unique(keys, axis=1, return_inverse=True)
    values = np.full((count, places.max() + 1), np.nan)
    values[nodes.indices.to_numpy(), places.ravel()] = rows["value"].to_numpy()
    values = values[:, ~np.isnan(values).any(axis=0)]
    total = values.sum(axis=0)
    return [
        name
        for name, row in zip(nodes.dictionary.to_pylist(), values, strict=True)
        if len(np.unique(row)) >= MIN_INTERVALS and np.allclose(2 * row, total, rtol=1e-6, atol=1e-9)
    ]
