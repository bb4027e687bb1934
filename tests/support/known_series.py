"""Rows of a canonical batch, and a registry in memory to match them with."""

from datetime import UTC, datetime

import pyarrow as pa

from loaders.formats.resolution import shortest_length
from loaders.ingest.series_matching import NAME_COLUMNS, match_series
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.registry.lookup import Registry, Series, SeriesKey

NOON = datetime(2024, 3, 15, 12, tzinfo=UTC)
TEXT = pa.dictionary(pa.int32(), pa.string())
HOURLY = SeriesKey("G", "R", "N", "load", "src", "PT1H")
QUARTERLY = SeriesKey("G", "R", "M", "load", "src", "PT15M")
DAILY = SeriesKey("G", "R", "D", "load", "other", "P1D")


class Known(Registry):
    """A registry in memory, which remembers what it was requested to create."""

    def __init__(self) -> None:
        super().__init__(
            connection=None,
            series={
                HOURLY: Series(11, "MW", 3600),
                QUARTERLY: Series(12, "MW", 900),
                DAILY: Series(13, "MW", 86_400),
            },
            metrics={"load": "MW", "price": "EUR/MWh"},
            nodes={("G", "R", "N"): 1, ("G", "R", "M"): 2, ("G", "R", "D"): 3},
            grids={"G"},
            regions={("G", "R")},
        )
        self.created: list[tuple[SeriesKey, str, str]] = []

    def create_metrics(self, units) -> dict[str, str]:
        self.metrics |= {metric: unit for metric, unit in units.items() if unit == "GW"}
        return {metric: "sum" for metric in units if metric in self.metrics}

    def create(self, keys, time_zone) -> dict:
        for key in sorted(keys):
            if key.metric in self.metrics:
                self.created.append((key, time_zone(key.grid)))
                seconds = int(shortest_length(key.resolution).total_seconds())
                self.series[key] = Series(100 + len(self.created), keys[key] or self.metrics[key.metric], seconds)
        return {}


def batch(*rows: dict) -> pa.Table:
    """Good rows of the series HOURLY but for what is given; row numbers from 1."""
    plain = {
        "grid": "G",
        "region": "R",
        "node": "N",
        "metric": "load",
        "source": None,
        "unit": None,
        "resolution": None,
    }
    plain |= {"interval_start": NOON, "collected_at": NOON, "value": 1.0, "reason": None, "payload": None}
    full = [{"row_number": number, **plain, **row} for number, row in enumerate(rows, 1)]
    kinds = {"row_number": pa.int64(), **dict.fromkeys(NAME_COLUMNS, TEXT), "value": pa.float64()}
    kinds |= dict.fromkeys(("interval_start", "collected_at"), pa.timestamp("us", "UTC"))
    return pa.table({name: pa.array([row[name] for row in full], kinds.get(name, pa.string())) for name in full[0]})


def placed(*rows: dict, defaults: DeliveryDefaults = DeliveryDefaults("src"), registry: Registry | None = None):
    stored, refused = match_series(batch(*rows), registry or Known(), defaults)
    assert stored.column_names == ["series_id", "interval_start", "collected_at", "value", "row_number"]
    assert stored.schema.field("series_id").type == pa.int32()
    return stored.to_pylist(), refused.to_pylist()


def reasons(*rows: dict, **how) -> list[tuple[int, str]]:
    return [(row["row_number"], row["reason"]) for row in placed(*rows, **how)[1]]
