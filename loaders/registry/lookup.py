"""Look up series by name, and register missing ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg

from loaders.canonical.units import default_aggregation
from loaders.database.advisory_locks import REGISTRY_LOCK
from loaders.database.sql_files import read_sql
from loaders.registry.definitions import register


# Tuples, because a registry has many of both, and is read for each load.
class SeriesKey(NamedTuple):
    """The natural name of a series; all text."""

    grid: str
    region: str
    node: str
    metric: str
    source: str
    resolution: str

    @property
    def names(self) -> tuple[str, ...]:
        """The key without the resolution: the series that measure the same in intervals of any length."""
        return self[:5]


class Series(NamedTuple):
    """A registered series: the unit of its values, and its resolution in seconds."""

    series_id: int
    unit: str
    resolution_seconds: int


@dataclass
class Registry:
    """The registered names, as read in the connection's current transaction."""

    connection: psycopg.Connection
    series: dict[SeriesKey, Series] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    nodes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    grids: set[str] = field(default_factory=set)
    regions: set[tuple[str, str]] = field(default_factory=set)
    grid_zones: dict[str, str] = field(default_factory=dict)
    _resolutions: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _indexed: int = 0

    @classmethod
    def read(cls, connection: psycopg.Connection) -> "Registry":
        """Read the whole registry; a few thousand names take milliseconds."""
        registry = cls(connection)
        registry.refresh()
        return registry

    def refresh(self) -> None:
        """Read the registry again, with what other transactions have registered since."""
        queries = (
            "select metric, unit from raw.metrics",
            "select grid_name, time_zone from raw.grids",
            "select grid_name, region_name from raw.regions join raw.grids using (grid_id)",
            read_sql(__package__, "all_nodes"),
            read_sql(__package__, "all_series"),
        )
        with self.connection.pipeline():
            cursors = [self.connection.execute(query) for query in queries]
        metrics, zones, regions, nodes, series = (cursor.fetchall() for cursor in cursors)
        self.metrics, self.grid_zones, self.regions = dict(metrics), dict(zones), set(regions)
        self.grids = set(self.grid_zones)
        self.nodes = {(grid, region, node): node_id for grid, region, node, node_id in nodes}
        self.series = {SeriesKey(*row[:6]): Series(*row[6:]) for row in series}

    def resolutions(self, names: tuple[str, ...]) -> list[str]:
        """Return the registered resolutions of grid, region, node, metric and source, shortest first."""
        if self._indexed != len(self.series):
            lengths: dict[tuple[str, ...], list[tuple[int, str]]] = {}
            for key, series in self.series.items():
                lengths.setdefault(key[:5], []).append((series.resolution_seconds, key.resolution))
            self._resolutions = {key: [text for _, text in sorted(pairs)] for key, pairs in lengths.items()}
            self._indexed = len(self.series)
        return self._resolutions.get(names, [])

    def missing_level(self, key: SeriesKey) -> str | None:
        """Return the reject reason for the first unknown part of a key (metric, then from the grid down), or None."""
        if key in self.series:
            return None
        if key.metric not in self.metrics:
            return "unknown_metric"
        if key.grid not in self.grids:
            return "unknown_grid"
        if (key.grid, key.region) not in self.regions:
            return "unknown_region"
        if (key.grid, key.region, key.node) not in self.nodes:
            return "unknown_node"
        return "other_resolution" if self.resolutions(key.names) else "unknown_series"

    def create_metrics(self, units: Mapping[str, str]) -> dict[str, str]:
        """Register metrics by their units in the current transaction; return their aggregations.

        A metric whose unit is not a unit is left out.
        """
        self.connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
        self.refresh()
        aggregations = {
            metric: aggregation
            for metric, unit in sorted(units.items())
            if metric not in self.metrics and (aggregation := default_aggregation(unit))
        }
        entries = [
            {"metric": metric, "unit": units[metric], "aggregation": how} for metric, how in aggregations.items()
        ]
        register(self.connection, {"metrics": entries})
        self.refresh()
        return aggregations

    def create(
        self, units: Mapping[SeriesKey, str | None], time_zone: Callable[[str], str]
    ) -> dict[str, list[dict[str, str | None]]]:
        """Register series and their parents in the current transaction; return the entries by table.

        units: The unit of each series, None for that of its metric. Series of an unknown metric are left out.
        """
        self.connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
        self.refresh()
        missing = sorted(key for key in units if key not in self.series and key.metric in self.metrics)
        grids = sorted({key.grid for key in missing} - self.grids)
        regions = sorted({(key.grid, key.region) for key in missing} - self.regions)
        nodes = sorted({(key.grid, key.region, key.node) for key in missing} - set(self.nodes))
        definitions: dict[str, list[dict[str, str | None]]] = {
            "grids": [{"grid": grid, "time_zone": time_zone(grid)} for grid in grids],
            "regions": [dict(zip(("grid", "region"), names, strict=True)) for names in regions],
            "nodes": [dict(zip(("grid", "region", "node"), names, strict=True)) for names in nodes],
            "series": [{**key._asdict(), "unit": units[key]} for key in missing],
        }
        register(self.connection, definitions)
        self.refresh()
        return definitions
