"""Units: what is converted, by how much, and what is not the same thing."""

import pyarrow as pa
import pytest

from loaders.canonical import units
from loaders.canonical.units import conversion_factor, unit_of_series
from loaders.formats import ReadOptions, format_named
from loaders.ingest.series_matching import match_series
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.registry.lookup import Series, SeriesKey


@pytest.mark.parametrize(
    ("unit", "metric_unit", "expected"),
    [
        ("MW", "MW", 1),
        ("kW", "MW", 0.001),
        ("MW", "kW", 1000),
        ("GW", "MW", 1000),
        ("W", "kW", 0.001),
        ("kWh per hour", "kW", 1),
        ("kWh/h", "MW", 0.001),
        ("MWh/h", "MW", 1),
        ("megawatt", "MW", 1),
        ("$/MWh", "USD/MWh", 1),
        ("USD/kWh", "USD/MWh", 1000),
        ("€/MWh", "EUR/MWh", 1),
        ("no unit at all, but the same", "no unit at all, but the same", 1),
    ],
)
def test_a_unit_of_the_same_kind_is_converted(unit, metric_unit, expected):
    assert conversion_factor(unit, metric_unit) == expected


@pytest.mark.parametrize(
    ("unit", "metric_unit"),
    [
        ("MWh", "MW"),
        ("EUR/MWh", "USD/MWh"),
        ("CAD/MWh", "USD/MWh"),
        ("MVA", "MW"),
        ("mw", "MW"),
        ("KW", "MW"),
        ("degF", "degC"),
        ("-MW", "MW"),
        ("2 MW", "MW"),
        ("kW/0", "MW"),
        ("bananas", "MW"),
        ("", "MW"),
        ("9**9**9**9", "MW"),
        ("m**9**9**9**9", "MW"),
        ("((((((((", "MW"),
        ("x" * 10_000, "MW"),
        ("__import__('os')", "MW"),
    ],
)
def test_what_is_no_unit_or_another_kind_has_no_factor(unit, metric_unit):
    assert conversion_factor(unit, metric_unit) is None


class Registered:
    """A registry that knows one node's load (MW) and price (USD/MWh)."""

    def __init__(self):
        metric_units = {"load": "MW", "price": "USD/MWh"}
        self.series = {
            SeriesKey("G", "R", "N", metric, "file", "PT1H"): Series(number, unit, 3600)
            for number, (metric, unit) in enumerate(metric_units.items(), start=1)
        }

        self.grid_zones = {}

    def resolutions(self, names):
        return [key.resolution for key in self.series if key.names == names]

    def missing_level(self, key):
        return None if key in self.series else "unknown_series"


def resolved(texts, metric="load", **options):
    values = [1500.3 + place for place in range(len(texts))]
    table = pa.table(
        {
            **{name: [text] * len(texts) for name, text in (("grid", "G"), ("region", "R"), ("node", "N"))},
            "metric": [metric] * len(texts),
            "interval_start": [f"2024-05-01T{hour:02}:00Z" for hour in range(len(texts))],
            "collected_at": ["2024-05-02T00:00Z"] * len(texts),
            "value": pa.array(values).cast(pa.string()),
            **({} if options else {"unit": pa.array(texts, pa.string())}),
        }
    )
    (batch,) = format_named("long").read_frame(table, "frame", ReadOptions(**options))
    rows, refused = match_series(batch, Registered(), DeliveryDefaults("file"))
    return rows["value"].to_pylist(), [(row["row_number"], row["reason"]) for row in refused.to_pylist()]


def test_rows_are_stored_in_the_metrics_unit_and_the_rest_is_rejected():
    stored, refused = resolved(["MW", "kW", None, "GW", "EUR"])
    assert stored == pytest.approx([1500.3, 1.5013, 1502.3, 1503300], rel=1e-15)
    assert refused == [(5, "unknown_unit")]


def test_a_unit_may_be_stated_for_all_rows():
    assert resolved([None, None], unit="kW") == (pytest.approx([1.5003, 1.5013], rel=1e-15), [])
    assert resolved([None], metric="price", unit="EUR/MWh") == ([], [(1, "other_unit")])
    assert resolved([None], metric="price", unit="MWh") == ([], [(1, "unknown_unit")])
    assert resolved([None], metric="price", unit="$/MWh") == ([1500.3], [])


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("Eur/MWh", 1), ("EUR / MWh", 1), ("€/MWh", 1), ("ct/kWh", 10), ("EUR/kWh", 1000), ("mW", None)],
)
def test_publishers_spellings_of_a_price_are_one_unit(unit, factor):
    assert conversion_factor(unit, "EUR/MWh") == factor
    assert conversion_factor("ct/kWh", "USD/MWh") is None


def test_milliwatts_are_not_megawatts():
    assert conversion_factor("mW", "MW") is None
    assert conversion_factor("mWh", "MWh") is None


@pytest.mark.parametrize(
    ("unit", "metric_unit", "expected"),
    [
        ("ct/kWh", "EUR/MWh", "EUR/MWh"),
        ("£/MWh", "EUR/MWh", "GBP/MWh"),
        ("gbp / kWh", "EUR/MWh", "GBP/MWh"),
        ("ct/kWh", "$/MWh", "EUR/MWh"),
        ("USD/MWh", "ct/kWh", "USD/kWh"),
        ("GBP", "EUR", "GBP"),
        ("GBP/MW", "EUR/MWh", None),
        ("MWh", "EUR/MWh", None),
        ("GBP", "MW", None),
        ("percent", "EUR/GBP", None),  # a rate is no price in a currency
        ("bananas/MWh", "EUR/MWh", None),
        ("EUR/MWh", "bananas/mWh", None),
    ],
)
def test_a_series_has_the_unit_of_its_metric_or_that_unit_in_another_currency(unit, metric_unit, expected):
    assert unit_of_series(unit, metric_unit) == expected


def test_cents_are_no_carats_and_nothing_is_logged_of_it(caplog):
    units._registry.cache_clear()
    units.conversion_factor.cache_clear()
    assert conversion_factor("ct/kWh", "EUR/MWh") == 10
    assert caplog.records == []
