"""Random things to tell a warehouse, around the clock changes of three zones, and how to tell it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loaders.dbt_runner import run_dbt
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.registry.definitions import register
from tests.support.expected_marts import HOUR, LENGTHS, Metric, Reported, Series, instant
from tests.support.warehouses import Warehouse

ZONES = {
    "America/New_York": ("2024-03-10", "2024-11-03"),
    "Europe/Berlin": ("2024-03-31", "2024-10-27"),
    "Australia/Sydney": ("2024-10-06", "2024-04-07"),
}
METRICS = {
    "load": Metric("MW", "sum", None),
    "load_forecast": Metric("MW", "sum", "load"),
    "power": Metric("kW", "sum", None),
    "price": Metric("USD/MWh", "mean", None),
    "energy": Metric("MWh", "sum", None),
    "energy_forecast": Metric("MWh", "sum", "energy"),
    "energy_in_kwh": Metric("kWh", "sum", "energy"),
}
VALUES = [None, None, 0.0, 1e-9, -7.0, 1.0, 2.5, 98.0, 99.0, 100.0, 100.0, 103.0, 110.0]
# Hours from the start of the interval; 0, 1 and 24 are where "before" and "after" meet.
COLLECTED = [-170.0, -60.0, -48.0, -24.0, -20.25, -6.0, -0.5, 0.0, 0.5, 1.0, 3.0, 23.0, 24.0, 25.0, 60.0, 800.0]


def for_random_numbers(examples: int) -> Callable:
    """A test of `number`, from which it makes its scenario."""

    def decorate(test: Callable) -> Callable:
        limited = settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        )
        return limited(given(number=st.integers(0, 2**32 - 1))(test))

    return decorate


@dataclass
class Scenario:
    """Rows for each load of one example; grid names carry a token, so that examples share a warehouse."""

    everything: list[Series]
    loads: dict[tuple[int, str, str], dict]
    withdrawn: set[int]
    token: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    ids: dict[tuple[int, str, str], int] = field(default_factory=dict)


def random_scenarios(number: int, kinds: list[tuple[str, str, str]], places: list[tuple[str, str]]) -> list[Scenario]:
    """Three scenarios, so that one build serves several."""
    return [random_scenario(number + turn, kinds, places) for turn in range(3)]


def random_scenario(number: int, kinds: list[tuple[str, str, str]], places: list[tuple[str, str]]) -> Scenario:
    """kinds: metric, source, resolution; places: region, node. All kinds are at all places of three grids."""
    random, token = Random(number), uuid.uuid4().hex[:8]
    everything = [
        Series(f"{zone}-{token}", zone, *place, *kind) for zone in ZONES for place in places for kind in kinds
    ]
    days = {zone: random.choice(dates) for zone, dates in ZONES.items()}
    loads: dict = {}
    for _ in range(random.randint(100, 250)):
        series, value, hours = random.choice(everything), random.choice(VALUES), random.choice(COLLECTED)
        rows = loads.setdefault((random.randrange(3), series.source, series.resolution), {})
        left_out = random.choice([None, None, None, 0, 1, 2])
        for start, shift in parts(series, days[series.zone], random.randrange(5), left_out):
            rows[(series, start, start + hours * HOUR)] = None if value is None else value + shift
    return Scenario(everything, loads, set(random.sample(range(3), random.randrange(2))), token)


def parts(series: Series, day: str, slot: int, left_out: int | None) -> list[tuple[datetime, float]]:
    """The intervals that one saying is about: the hour's parts (but one), or the hour, or the day."""
    midnight = datetime.combine(datetime.fromisoformat(day), time())
    if series.resolution in ("P7D", "P1M", "P1Y"):
        return [(calendar_start(series, midnight, slot - 2), 0.0)]
    if series.resolution == "P1D":
        return [(instant(midnight + timedelta(days=slot - 2), series.zone), 0.0)]
    hour = instant(midnight, series.zone) + [-1, 0, 2, 24, 40][slot] * HOUR
    count = int(HOUR / LENGTHS[series.resolution])
    return [
        (hour + part * LENGTHS[series.resolution], part / 4) for part in range(count) if part != left_out or count == 1
    ]


def calendar_start(series: Series, midnight: datetime, number: int) -> datetime:
    """The week, month or year so many after the one that a day is in; weeks begin on that weekday."""
    if series.resolution == "P7D":
        return instant(midnight + timedelta(days=7 * number), series.zone)
    if series.resolution == "P1Y":
        return instant(midnight.replace(year=midnight.year + number, month=1, day=1), series.zone)
    months = midnight.month - 1 + number
    first = midnight.replace(year=midnight.year + months // 12, month=months % 12 + 1, day=1)
    return instant(first, series.zone)


def register_metrics(warehouse: Warehouse) -> None:
    described = [
        {"metric": name, "unit": kind.unit, "aggregation": kind.aggregation, "actual_metric": kind.actual_metric or ""}
        for name, kind in METRICS.items()
    ]
    with warehouse.connect(autocommit=False) as connection:
        register(connection, {"metrics": described})


def deliver_scenario(warehouse: Warehouse, scenario: Scenario) -> Reported:
    """Register, deliver, withdraw, build; returns what the marts should be made of."""
    [reported] = deliver_scenarios(warehouse, [scenario])
    return reported


def deliver_scenarios(warehouse: Warehouse, scenarios: list[Scenario]) -> list[Reported]:
    """The same for several scenarios, with one build."""
    register_metrics(warehouse)
    reported = [deliver(warehouse, scenario) for scenario in scenarios]
    warehouse.apply_loads()
    return reported


def deliver(warehouse: Warehouse, scenario: Scenario) -> Reported:
    """Register the series of a scenario, deliver and withdraw its loads."""
    fields = ("grid", "region", "node", "metric", "source", "resolution")
    with warehouse.connect(autocommit=False) as connection:
        described = [dict(zip(fields, (one.grid, *one[2:]), strict=True)) for one in scenario.everything]
        register(
            connection,
            {
                "grids": [{"grid": one.grid, "time_zone": one.zone} for one in scenario.everything],
                "regions": [{name: one[name] for name in fields[:2]} for one in described],
                "nodes": [{name: one[name] for name in fields[:3]} for one in described],
                "series": described,
            },
        )
    reported = Reported()
    for key, rows in sorted(scenario.loads.items()):
        number, source, resolution = key
        frame = pd.DataFrame(
            [
                (*(one.grid, *one[2:5]), one.resolution, start, collected, value)
                for (one, start, collected), value in rows.items()
            ],
            columns=["grid", "region", "node", "metric", "resolution", "interval_start", "collected_at", "value"],
        )
        result = warehouse.deliver(frame, defaults=DeliveryDefaults(source, resolution=resolution), source=source)
        assert result.rows_rejected == 0
        reported.rows[result.load_id] = rows
        scenario.ids[key] = result.load_id
        if number in scenario.withdrawn:
            warehouse.set_status(result.load_id, "withdrawn")
        else:
            reported.accepted.add(result.load_id)
    return reported


def apply_with_history(warehouse: Warehouse) -> None:
    """Rows moved, and the hierarchy looked at."""
    run_dbt(
        [
            "build",
            "--select",
            "config.materialized:incremental",
            "snap_nodes",
            "--exclude-resource-type",
            "test",
            "unit_test",
            "--exclude",
            "config.full_refresh:false",
            "--no-write-json",
        ]
    )
