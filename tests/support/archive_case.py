"""A warehouse with a month to archive, and what the read functions answer about it."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import warehouse as wh

from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.operations.archiving import archive
from tests.support.reading_case import dense_scenario
from tests.support.scenarios import Scenario, apply_with_history, deliver_scenario
from tests.support.warehouses import Warehouse

APRIL = date(2024, 4, 1)
NODE = {"region": "R1", "metric": "load_forecast", "source": "a", "resolution": "PT1H"}
# Rows are about days of clock changes: in March, over the end of March (local days, and UTC), and in October.
SPANS = [(None, None), ("2024-03-30", "2024-04-02"), ("2024-04-01", None), (None, "2024-03-31")]


class ArchiveCase:
    """Loads of all kinds of series, some withdrawn. loaded: before that; collected: within the rows."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.scenario: Scenario = dense_scenario(2)
        before = deliver_scenario(warehouse, self.scenario)
        self._correct_and_repeat()
        self.loaded: datetime = warehouse.query("select clock_timestamp()")[0][0]
        for key, load_id in self.scenario.ids.items():
            if key[0] == 0 and load_id in before.accepted:
                warehouse.set_status(load_id, "withdrawn")
        warehouse.query(
            "insert into raw.flagged_rows"
            " select load_id, series_id, interval_start, collected_at, value, rule, 'range',"
            " true from raw.measures cross join (values ('low'), ('odd')) as rules (rule)"
            " where value = -7 or (value = 98 and rule = 'odd')"
        )
        apply_with_history(warehouse)
        self.collected = datetime.fromisoformat("2024-03-30T20:00:00+00:00")

    def _correct_and_repeat(self) -> None:
        """Deliver a load again, twice: every third row with another value, then every second one as it was at first."""
        key = next(key for key in self.scenario.loads if key == (0, "a", "PT1H"))
        names = ["grid", "region", "node", "metric", "resolution", "interval_start", "collected_at", "value"]
        rows = [
            (one.grid, *one[2:5], one.resolution, start, collected, value)
            for (one, start, collected), value in self.scenario.loads[key].items()
        ]
        frame = pd.DataFrame(rows, columns=names)
        changed = frame.assign(value=frame["value"].where(frame.index % 3 > 0, 55.5))
        for again in (changed, frame[frame.index % 2 == 0]):
            defaults = DeliveryDefaults(key[1], resolution=key[2])
            result = self.warehouse.deliver(again, defaults=defaults, source=key[1])
            assert result.rows_corrected > 10
            assert result.rows_duplicate > 10

    def archive(self) -> None:
        [march] = archive(APRIL)
        assert march.path == Path(os.environ["WAREHOUSE_ARCHIVE"], "month=2024-03")

    def answers(self) -> dict[str, pd.DataFrame]:
        """What as_of, history and at_cutoff answer on all clocks."""
        found: dict[str, pd.DataFrame] = {}
        for collected in (None, self.collected):
            for loaded in (None, self.loaded):
                clocks: dict[str, Any] = {"collected": collected, "loaded": loaded}
                for span in SPANS:
                    found[f"as_of {clocks} {span}"] = wh.as_of(collected, *span, loaded=loaded)
                    found[f"at_cutoff {clocks} {span}"] = wh.at_cutoff(None, *span, **clocks)
                for grid in {series.grid for series in self.scenario.everything}:
                    interval = ("2024-03-01", "2024-11-01")
                    found[f"history {grid} {clocks}"] = wh.history("N1", interval=interval, grid=grid, **NODE, **clocks)
        found["flagged"] = wh.as_of(None, flagged=True)
        found["not flagged"] = wh.history(
            "N1", interval=("2024-03-01", "2024-04-02"), grid=self.berlin, flagged=False, **NODE
        )
        found["page"] = wh.as_of(None, limit=50, after=(5, "2024-03-31T05:00Z"))
        found["chunks"] = pd.concat(wh.as_of(self.collected, chunks=200), ignore_index=True)
        return found

    def sums(self) -> dict[str, pd.DataFrame]:
        """Sums of errors and of changes by group, over everything and over whole local days of one grid."""
        reads = {"accuracy": wh.accuracy, "restatements": wh.restatements}
        ranges: list[tuple[tuple, dict[str, str]]] = [((), {}), (("2024-03-31", "2024-04-02"), {"grid": self.berlin})]
        return {
            f"{name} by {by} {span}": read(*span, by=by, **names)
            for name, read in reads.items()
            for by in ("region", "grid", "metric", "month")
            for span, names in ranges
        }

    @property
    def berlin(self) -> str:
        return next(series.grid for series in self.scenario.everything if series.zone == "Europe/Berlin")


def assert_same_answers(
    found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame], rows: int = 10, **tolerance: Any
) -> None:
    """Compare answers, most of which have more than so many rows; exactly, or with a tolerance for sums."""
    assert found.keys() == expected.keys()
    assert sum(len(frame) > rows for frame in expected.values()) > len(expected) / 2
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, obj=name, **(tolerance or {"check_exact": True}))
