"""What a delivery would add to the registry: refused where it contradicts, reported where it was inferred."""

from loaders.errors import LoadError
from loaders.messages import join_names
from loaders.notices import notify
from loaders.registry.lookup import Registry, SeriesKey


def refuse_other_zone(keys: list[SeriesKey], registry: Registry, stated: str | None) -> None:
    """Raise LoadError for a registered grid whose time zone is not the stated one."""
    for grid in sorted({key.grid for key in keys}) if stated else []:
        registered = registry.grid_zones.get(grid)
        if registered not in (None, stated):
            raise LoadError(
                f"Grid {grid} is registered with the time zone {registered}, not {stated}. Remove"
                " the option, or register the grid with another zone. Nothing was stored."
            )


def create_metrics(combinations: list[dict], registry: Registry) -> None:
    """Register unknown metrics whose unit is known, and say so."""
    units = {names["metric"]: names["unit"] for names in combinations if names["unit"]}
    missing = {metric: unit for metric, unit in units.items() if metric not in registry.metrics}
    if missing:
        rolled_up = {"sum": "values of several nodes add up", "mean": "values of several nodes are averaged"}
        for metric, aggregation in registry.create_metrics(missing).items():
            notify(f"Metric {metric}", f"is new, in {missing[metric]}; {rolled_up[aggregation]} (from its unit)")


def notify_of_second_series(keys: set[SeriesKey], registry: Registry) -> None:
    """Say which series begin next to one of another resolution."""
    for key in sorted(keys):
        registered = registry.resolutions(key.names)
        if registered:
            notify(
                series_label(key),
                f"begins a series with the resolution {key.resolution}, next to {join_names(registered)}",
            )


def announce_entries(created: dict[str, list[dict[str, str]]]) -> None:
    """Say what a dry run would register."""
    for table, entries in created.items():
        names = join_names("/".join(entry.values()) for entry in entries)
        if entries:
            notify("dry run", f"would register {len(entries)} {table}: {names}")


def series_label(key: SeriesKey) -> str:
    """Return a series as people read it: grid/region/node metric (source)."""
    return f"{key.grid}/{key.region}/{key.node} {key.metric} ({key.source})"
