"""Revisions recomputed from everything that was delivered, and their comparison with the marts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pandas as pd

from tests.support.warehouses import Warehouse

START = datetime(2024, 3, 30, 22, tzinfo=UTC)
HOURS = [START + timedelta(hours=hour) for hour in (0, 1, 2, 740)]  # two months, so two partitions
COLLECTED = [START - timedelta(hours=30) + timedelta(hours=hours) for hours in (0, 6, 12, 29, 31, 80)]
TIMES = ["interval_start", "collected_at", "known_to", "first_collected_at"]
KEY = ["node", "interval_start", "collected_at"]


@dataclass
class DeliveredLoads:
    """The loads that were delivered: each load's rows in order of arrival, and which loads count."""

    rows: dict[int, dict[tuple, float | None]] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)

    def add(self, others: "DeliveredLoads") -> None:
        """Add loads that came later."""
        self.rows |= others.rows
        self.accepted |= others.accepted

    def revisions(self, moment: datetime | None = None) -> pd.DataFrame:
        """Recomputed from nothing: for each key the run of equal values that ends with the latest accepted load.

        moment: only what was collected up to then, chained as if nothing had come after."""
        found = {}
        for load_id in sorted(self.accepted):
            for key, value in self.rows[load_id].items():
                if key not in found or found[key][0] != value:
                    found[key] = (value, load_id)
        frame = pd.DataFrame(
            [(*key, value, load_id) for key, (value, load_id) in found.items()], columns=[*KEY, "value", "load_id"]
        )
        if moment is not None:
            frame = frame[frame["collected_at"] <= moment]
        frame = frame.astype({"value": "float64"}).sort_values(KEY, ignore_index=True)
        chain = frame.groupby(["node", "interval_start"])
        known_to = chain["collected_at"].shift(-1)
        first = chain["collected_at"].transform("min").where(known_to.isna())
        return frame.assign(previous_value=chain["value"].shift(1), known_to=known_to, first_collected_at=first)

    def as_of(self, moment: datetime | None) -> pd.DataFrame:
        frame = self.revisions(moment)
        newest = frame.sort_values(KEY).groupby(["node", "interval_start"], as_index=False).tail(1)
        return newest[[*KEY, "value", "load_id"]].reset_index(drop=True)


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    shape = {name: "datetime64[us, UTC]" for name in TIMES if name in left}
    shape |= {name: "float64" for name in ("value", "previous_value") if name in left}
    shape |= {"node": "object", "load_id": "int64"}
    ordered = [frame[list(left.columns)].astype(shape).sort_values(KEY, ignore_index=True) for frame in (left, right)]
    pd.testing.assert_frame_equal(*ordered)


def take(warehouse: Warehouse, grid: str, delivered: DeliveredLoads, step: tuple) -> None:
    known = sorted(delivered.rows)
    if step[0] == "deliver":
        rows = pd.DataFrame(
            [(grid, "r", node, "load", start, collected, value) for (node, start, collected), value in step[1].items()],
            columns=["grid", "region", *KEY[:1], "metric", *KEY[1:], "value"],
        )
        load_id = warehouse.deliver(rows, status=None).load_id
        delivered.rows[load_id] = step[1]
        if step[2] != "pending":
            warehouse.set_status(load_id, step[2])
        delivered.accepted |= {load_id} if step[2] == "accepted" else set()
    elif step[0] == "build":
        warehouse.apply_loads(as_large_change=step[1] == "large")
        compare(warehouse, grid, delivered)
    elif step[1] < len(known):
        load_id = known[step[1]]
        accept = step[0] == "accept"
        warehouse.set_status(load_id, "accepted" if accept else "withdrawn")
        delivered.accepted = delivered.accepted | {load_id} if accept else delivered.accepted - {load_id}


def compare(warehouse: Warehouse, grid: str, delivered: DeliveredLoads) -> None:
    revisions = warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id, previous_value, known_to,"
        " first_collected_at"
        " from marts.fct_measure_revisions where grid_name = %s",
        grid,
    )
    same(delivered.revisions(), revisions)
    latest = warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id"
        " from marts.fct_measures_latest where grid_name = %s",
        grid,
    )
    same(delivered.as_of(None), latest)
    same(latest, answer(warehouse, grid, datetime.now(UTC), None))
    for moment in COLLECTED:
        same(delivered.as_of(moment), answer(warehouse, grid, moment, None))
        chain = chain_of(warehouse, grid, moment, None)
        same(delivered.revisions(moment)[chain.columns], chain)


def chain_of(warehouse: Warehouse, grid: str, collected: datetime, loaded: datetime | None) -> pd.DataFrame:
    return warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id, previous_value, known_to"
        " from marts.revisions_as_of(collected_datetime => %s, loaded_datetime => %s) where grid_name = %s",
        collected,
        loaded,
        grid,
    )


def answer(warehouse: Warehouse, grid: str, collected: datetime, loaded: datetime | None) -> pd.DataFrame:
    return warehouse.frame(
        "select node_name as node, interval_start, collected_at, value, load_id from marts.measures_as_of("
        " collected_datetime => %s, loaded_datetime => %s,"
        " grid_id => coalesce((select grid_id from raw.grids where grid_name = %s), -1))",
        collected,
        loaded,
        grid,
    )
