"""What a delivery would add to the registry: refused where it contradicts, reported where it was inferred."""

from collections.abc import Sequence

from loaders.canonical.units import unit_of_series
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


def units_of_new_series(
    keys: Sequence[SeriesKey | None],
    combinations: Sequence[dict],
    unknown: set[SeriesKey],
    registry: Registry,
    source: str,
) -> dict[SeriesKey, str | None]:
    """Return the units in which unknown series begin, and say which are not their metric's; None for the metric's.

    Rows that state no unit are in that of the other resolutions of the series, if those have one. Raises LoadError for
    a series whose rows are in several currencies.
    """
    units: dict[SeriesKey, str | None] = dict.fromkeys(unknown)
    found: dict[SeriesKey, str] = {}
    for key, names in zip(keys, combinations, strict=True):
        metric_unit = registry.metrics.get(key.metric) if key in unknown and key is not None else None
        if key is None or metric_unit is None:
            continue
        unit = unit_of_series(names["unit"], metric_unit) if names["unit"] else _unit_before(key, registry, metric_unit)
        if unit is None:
            continue  # no unit of this metric: its rows are rejected
        if found.setdefault(key, unit) != unit:
            raise LoadError(
                f"{series_label(key)} has rows in {found[key]} and in {unit}. A series has one currency. Load them as"
                " different sources (--source), or state the right unit (--unit). Nothing was stored."
            )
        if unit != metric_unit:
            units[key] = unit
            notify(
                f"{key.metric} of {names['source'] or source}",
                f"begins in {unit}, next to the metric's {metric_unit}. Neither is converted to the other, and they"
                " are rolled up apart",
            )
    return units


def _unit_before(key: SeriesKey, registry: Registry, metric_unit: str) -> str:
    """Return the unit of the other resolutions of a new series, if they have one; else that of its metric."""
    units = {registry.series[key._replace(resolution=other)].unit for other in registry.resolutions(key.names)}
    return units.pop() if len(units) == 1 else metric_unit


def announce_entries(created: dict[str, list[dict[str, str | None]]]) -> None:
    """Say what a dry run would register."""
    for table, entries in created.items():
        names = join_names(map(_entry_name, entries))
        if entries:
            notify("dry run", f"would register {len(entries)} {table}: {names}")


def _entry_name(entry: dict[str, str | None]) -> str:
    names = "/".join(text for name, text in entry.items() if name != "unit" and text)
    return f"{names} in {entry['unit']}" if entry.get("unit") else names


def series_label(key: SeriesKey) -> str:
    """Return a series as people read it: grid/region/node metric (source)."""
    return f"{key.grid}/{key.region}/{key.node} {key.metric} ({key.source})"
