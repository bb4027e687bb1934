"""How rows lie on disk."""

import pandas as pd

from tests.support.warehouses import Warehouse


def test_the_key_index_stays_dense_when_weeks_arrive_one_by_one(warehouse: Warehouse) -> None:
    start, per_week = pd.Timestamp("2024-01-01", tz="UTC"), 10 * 168 * 12
    for week in range(4):
        hours = start + pd.to_timedelta(range(week * 168, (week + 1) * 168), unit="h")
        frame = pd.MultiIndex.from_product(
            [[f"node {number}" for number in range(10)], hours, range(12)], names=["node", "interval_start", "lead"]
        ).to_frame(index=False)
        frame["collected_at"] = frame["interval_start"] - pd.to_timedelta(frame.pop("lead"), unit="h")
        warehouse.deliver(frame.assign(grid="G", region="R", metric="load", value=1.0))
    # 44 bytes a row in a page that is full; 74 when each page that was split stays half empty.
    keys = (
        "select sum(pg_relation_size(indexrelid)) from pg_index where indisprimary and indrelid = any(%s::regclass[])"
    )
    months = [row[0] for row in warehouse.query("select inhrelid::regclass::text from pg_inherits")]
    months = [month for month in months if month.startswith("raw.")]
    assert warehouse.query(keys, months)[0][0] / (4 * per_week) < 58
