"""A warehouse with one seed week and a plant without forecasts, for the tests of notebooks and read functions."""

import numpy as np
import pandas as pd

from loaders.demo import generator as seed
from loaders.ingest.series_matching import DeliveryDefaults
from tests.support.warehouses import Warehouse

HOUR = pd.Timedelta(hours=1)
END = pd.Timestamp(seed.END)
START, STOP, MOMENT = END - 48 * HOUR, END - 7 * HOUR, END - 60 * HOUR  # the data go on after STOP
NODE = {"grid": "Grid1", "region": "Region2", "node": "Node3", "metric": "power"}


def fill_with_a_seed_week(warehouse: Warehouse) -> None:
    """Load one seed week, and a plant that publishes nothing before delivery."""
    for name, week in seed.weeks(1, 7):
        rows = week.to_pandas().astype(dict.fromkeys(("grid", "region", "node", "metric"), object))
        defaults = DeliveryDefaults("seed", create_missing=True, time_zone=seed.TIME_ZONES.__getitem__)
        warehouse.deliver(rows, name=name, source="seed", defaults=defaults)
    hours = pd.date_range(START, END, freq="1h", inclusive="left")
    plant = pd.DataFrame({"grid": "Plant's", "region": "R", "node": "N", "metric": "load", "interval_start": hours})
    warehouse.deliver(plant.assign(collected_at=hours + 30 * HOUR, value=np.arange(48.0)), source="plant")
    warehouse.build("--resource-type", "model")
