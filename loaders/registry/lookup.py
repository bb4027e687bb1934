"""Names to ids: which series a row belongs to, and how unknown names become known."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import psycopg

from loaders.database.advisory_locks import REGISTRY_LOCK
from loaders.errors import RegistryError
from loaders.registry.definitions import register


@dataclass(frozen=True, order=True)
class SeriesKey:
    """The natural name of a series; all text."""

    grid: str
    region: str
    node: str
    metric: str
    source: str


@dataclass(frozen=True)
class Series:
    """A registered series: the unit of its metric, and its resolution as ISO 8601 and in seconds."""

    series_id: int
    unit: str
    resolution: str
    resolution_seconds: int


@dataclass
class Registry:
    """The names the warehouse knows, as read in the connection's current transaction."""

    connection: psycopg.Connection
    series: dict[SeriesKey, Series] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    nodes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    grids: set[str] = field(default_factory=set)
    regions: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def read(cls, connection: psycopg.Connection) -> "Registry":
        """The whole registry; a few thousand names read in milliseconds."""
        registry = cls(connection)
        registry.refresh()
        return registry

    def refresh(self) -> None:
        """Read again what other transactions have registered since."""
        run = self.connection.execute
        self.metrics = dict(run("select metric, unit from raw.metrics").fetchall())
        self.grids = {name for (name,) in run("select grid_name from raw.grids")}
        self.regions = set(
            run("select grid_name, region_name from raw.regions join raw.grids using (grid_id)").fetchall()
        )
        nodes = run(
            "select grid_name, region_name, node_name, node_id"
            " from raw.nodes join raw.regions using (region_id) join raw.grids using (grid_id)"
        ).fetchall()
        self.nodes = {(grid, region, node): node_id for grid, region, node, node_id in nodes}
        rows = run(
            "select grid_name, region_name, node_name, metric, source, series_id, unit, resolution,"
            " extract(epoch from resolution::interval)::integer"
            " from raw.series join raw.nodes using (node_id) join raw.regions using (region_id)"
            " join raw.grids using (grid_id) join raw.metrics using (metric)"
        )
        self.series = {SeriesKey(*row[:5]): Series(*row[5:]) for row in rows}

    def missing_level(self, key: SeriesKey) -> str | None:
        """What is unknown of a key, the metric first, then from the top: unknown_metric … unknown_series, or None."""
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
        return "unknown_series"

    def create(
        self, keys: Iterable[SeriesKey], time_zone: Callable[[str], str], resolution: Callable[[SeriesKey], str]
    ) -> None:
        """Register keys and their parents, in the current transaction; keys of an unknown metric are left out.

        A metric is never invented: its unit is not known.
        """
        self.connection.execute("select pg_advisory_xact_lock(%s)", [REGISTRY_LOCK])
        self.refresh()
        wanted = sorted(key for key in keys if key not in self.series and key.metric in self.metrics)
        grids = sorted({key.grid for key in wanted} - self.grids)
        regions = sorted({(key.grid, key.region) for key in wanted} - self.regions)
        nodes = sorted({(key.grid, key.region, key.node) for key in wanted} - set(self.nodes))
        description = {
            "grids": [{"grid": grid, "time_zone": time_zone(grid)} for grid in grids],
            "regions": [dict(zip(("grid", "region"), names, strict=True)) for names in regions],
            "nodes": [dict(zip(("grid", "region", "node"), names, strict=True)) for names in nodes],
            "series": [{**vars(key), "resolution": resolution(key)} for key in wanted],
        }
        register(self.connection, description)
        self.refresh()


LEVELS = ("grid", "region", "node", "metric", "source")
MOST_SHOWN = 8

Names = tuple[str, ...]


def choose_one(known: Collection[Names], wanted: Mapping[str, str | None]) -> Names:
    """The one entry of `known` with these names. known: names from the grid down; wanted: by LEVELS, None leaves open.

    Raises RegistryError for a name that is not there, with the nearest ones, and for several entries, with what tells
    them apart.
    """
    chosen, above = list(known), ""
    depth = len(chosen[0]) if chosen else 0
    for place, level in enumerate(LEVELS[:depth]):
        name = wanted.get(level)
        if name is None:
            continue
        there = sorted({names[place] for names in chosen})
        chosen = [names for names in chosen if names[place] == name]
        if not chosen:
            raise RegistryError(f"There is no {level} {name!r}{above}; {hint(name, there)}")
        above = f"{above}/{name}" if above else f" in {name}"
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise RegistryError("Nothing is registered yet; register it, or load data with --create-missing.")
    differing = [level for place, level in enumerate(LEVELS[:depth]) if len({names[place] for names in chosen}) > 1]
    found = listed(sorted("/".join(names) for names in chosen))
    things = "series" if depth == len(LEVELS) else f"{LEVELS[depth - 1]}s"
    raise RegistryError(f"That is {len(chosen)} {things}: {found}; say which by {' or '.join(differing)}.")


def hint(name: str, known: Iterable[str]) -> str:
    """The nearest of the known names, or what there is: the second half of a sentence."""
    by_case = {other.casefold(): other for other in known}
    near = [by_case[match] for match in get_close_matches(name.casefold(), sorted(by_case), n=3)]
    return f"did you mean {' or '.join(near)}?" if near else f"there is {listed(sorted(by_case.values())) or 'none'}."


def listed(names: list[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
