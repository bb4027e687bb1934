"""A warehouse with what makes answers differ: a node that moved, a withdrawn load, two resolutions, flags and nulls."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from loaders.gates.load_gate import gate_loads
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.registry import edits
from tests.support.scenarios import apply_with_history
from tests.support.warehouses import Warehouse

HOUR = timedelta(hours=1)
NODES = [
    ("North", "Coast", "Harbour"),
    ("North", "Coast", "Mill"),
    ("North", "Inland", "Quarry"),
    ("South", "Hills", "Dam"),
]
ZONES = {"North": "Europe/Berlin", "South": "UTC"}
HOURS = [datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + step * HOUR for step in range(-5, 3)]


def fill(warehouse: Warehouse) -> None:
    """Load, build, move the mill inland, and build again."""
    first, second, late = HOURS[0] - 60 * HOUR, HOURS[0] - 5 * HOUR, HOURS[-1] + HOUR
    _deliver(warehouse, first, 10.0, "load_forecast")
    _deliver(warehouse, second, 12.0, "load_forecast", {3: None})
    _deliver(warehouse, late, 20.0, "load", {1: None, 2: -1e9})
    _deliver(warehouse, late + HOUR, 21.0, "load", resolution="PT15M", source="meters")
    wrong = _deliver(warehouse, late + 2 * HOUR, 900.0, "load")
    _deliver(warehouse, late + 3 * HOUR, 23.0, "load", {4: 29.0})
    apply_with_history(warehouse)
    warehouse.set_status(wrong, "withdrawn")
    with warehouse.connect(autocommit=False) as connection:
        edits.move(connection, "node", "Mill", grid="North", to_region="Inland", why="the border moved")
    apply_with_history(warehouse)


def _deliver(
    warehouse: Warehouse,
    collected: datetime,
    value: float,
    metric: str,
    others: dict[int, float | None] | None = None,
    resolution: str = "PT1H",
    source: str = "plant",
) -> int:
    step = {"PT1H": HOUR, "PT15M": HOUR / 4}[resolution]
    starts = [HOURS[0] + number * step for number in range(int((HOURS[-1] + HOUR - HOURS[0]) / step))]
    rows = pd.DataFrame(
        [
            dict(zip(("grid", "region", "node"), names, strict=True))
            | {"metric": metric, "resolution": resolution, "interval_start": start, "collected_at": collected}
            | {"value": (others or {}).get(position, value + 100 * node + position)}
            for node, names in enumerate(NODES)
            for position, start in enumerate(starts)
        ]
    )
    defaults = DeliveryDefaults(source, create_missing=True, time_zone=ZONES.__getitem__)
    load_id = warehouse.deliver(rows, status=None, source=source, defaults=defaults).load_id
    with warehouse.connect(autocommit=False) as connection:
        gate_loads(connection, [load_id])
    if warehouse.query("select status from raw.loads where load_id = %s", load_id) != [("accepted",)]:
        warehouse.set_status(load_id, "accepted")
    return load_id
