"""A warehouse with one seed week and a plant without forecasts, for the tests of notebooks and read functions."""

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from loaders.demo import generator as seed
from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.cluster_nodes import drop_database
from tests.support.warehouses import Warehouse, new_database, temporary_database

HOUR = pd.Timedelta(hours=1)
END = pd.Timestamp(seed.END)
START, STOP, MOMENT = END - 48 * HOUR, END - 7 * HOUR, END - 60 * HOUR  # the data go on after STOP
NODE = {"grid": "Grid1", "region": "Region2", "node": "Node3", "metric": "power"}


@pytest.fixture(scope="session")
def seed_week_template(built_template: str) -> Iterator[str]:
    """A database with one seed week, and a plant that publishes nothing before delivery; to copy."""
    name = f"template_seed_week_{os.getpid()}"
    with new_database(name, built_template) as made:
        load_seed_week(made)
        hours = pd.date_range(START, END, freq="1h", inclusive="left")
        plant = pd.DataFrame({"grid": "Plant's", "region": "R", "node": "N", "metric": "load", "interval_start": hours})
        made.deliver(plant.assign(collected_at=hours + 30 * HOUR, value=np.arange(48.0)), source="plant")
        made.build("--resource-type", "model")
    yield name
    drop_database(name)


@pytest.fixture(scope="module")
def seed_week(seed_week_template: str) -> Iterator[Warehouse]:
    """A warehouse with one seed week and a plant, that the tests of one module share."""
    with temporary_database("test_shared", seed_week_template) as made:
        yield made


def load_seed_week(warehouse: Warehouse) -> None:
    """Load one seed week: 27 nodes, about 41,000 revisions."""
    for name, week in seed.weeks(1, 7):
        rows = week.to_pandas().astype(dict.fromkeys(("grid", "region", "node", "metric"), object))
        defaults = DeliveryDefaults("seed", create_missing=True, time_zone=seed.TIME_ZONES.__getitem__)
        warehouse.deliver(rows, name=name, source="seed", defaults=defaults)
