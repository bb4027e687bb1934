"""Columns whose names say forecast or actual, and metrics that say something else."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named

SHARED = {"grid": "G", "region": "R", "node": "N", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.fixture
def read(tmp_path):
    def _read(name, metric, form="long", **options):
        path = tmp_path / "file.csv"
        path.write_text(f"time,{name}\n2024-01-01T00:00Z,5\n")
        columns = (
            {"column_map": {"time": "interval_start", name: "value"}} if form == "long" else {"time_column": "time"}
        )
        options = {**SHARED, **columns, "metric": metric, **options} | ({"node": None} if form == "wide" else {})
        return sum(len(batch) for batch in format_named(form).read(path, ReadOptions(**options)))

    return _read


@pytest.mark.parametrize(
    "name",
    ["forecast_mw", "Lastprognose", "Prévision J-1", "Previsión", "Prognosen", "day_ahead", "DA Load", "Vorhersage",
     "予測", "load_fcst_forecast", "Voorspelling", "Prognoza"],
)  # fmt: skip
def test_a_forecast_is_no_actual(read, name):
    with pytest.raises(
        LoadError, match=r"seems to hold a forecast, but it is read as load. Pass the metric of a forecast"
    ):
        read(name, "load", unit="MW")
    assert read(name, "load_forecast", unit="MW") == 1
    assert read(name, "load", unit="MW", source="tso-forecast") == 1


@pytest.mark.parametrize("name", ["Actual Load", "Istwert", "réalisé", "metered_mw", "実績"])
def test_an_actual_is_no_forecast(read, name):
    with pytest.raises(LoadError, match="seems to hold an actual, but it is read as load_forecast"):
        read(name, "load_forecast", unit="MW", source="tso-forecast")
    assert read(name, "load", unit="MW") == 1


@pytest.mark.parametrize("name", ["Day-ahead Price [EUR/MWh]", "DA price", "spot day ahead", "Dalsland", "Panda"])
def test_other_names_say_neither(read, name):
    assert read(name, "price", unit="EUR/MWh") == 1


def test_a_price_that_is_forecast_is_no_price(read):
    with pytest.raises(LoadError, match="seems to hold a forecast"):
        read("price_forecast", "price", unit="EUR/MWh")


@pytest.mark.parametrize(("name", "metric"), [("Actual", "load_forecast"), ("Prognose", "load")])
def test_other_kinds_are_no_nodes(read, name, metric):
    with pytest.raises(LoadError, match=f"column {name} does not seem to be a node"):
        read(name, metric, "wide")
