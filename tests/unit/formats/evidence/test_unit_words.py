"""Units that are words, in other scripts, in a second header row, or of another quantity."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.formats.evidence.unit_names import unit_in_name

SHARED = {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.fixture
def read(tmp_path):
    def _read(*lines, form="long", **options):
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines) + "\n")
        name = lines[0].split(",")[1]
        columns = {"column_map": {"time": "interval_start", name: "value"}, "node": "N"}
        columns = columns if form == "long" else {"time_column": "time"}
        options = ReadOptions(**{**SHARED, **columns, **options})
        return [row["value"] for batch in format_named(form).read(path, options) for row in batch.to_pylist()]

    return _read


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Load in Gigawatt", "GW"),
        ("Demand (megawatthours)", "MWh"),
        ("Verbrauch Kilowattstunden", "kWh"),
        ("Consommation mégawattheures", "MWh"),
        ("Demanda (megavatios)", "MW"),
        ("Потребление (МВт)", "MW"),
        ("Выработка, МВт·ч", "MWh"),
        ("负荷(兆瓦)", "MW"),
        ("Cena [zł/MWh]", "PLN/MWh"),
        ("Cena Kč/MWh", "CZK/MWh"),
        ("価格(円/kWh)", "JPY/kWh"),
        ("val_cargaenergiahomwmed", None),
        ("carga MWmed", "MW"),
        ("Swatch", None),
        ("kilometres", None),
    ],
)
def test_words_are_units(name, unit):
    assert unit_in_name(name) == unit


@pytest.mark.parametrize("name", ["Wind (m/s)", "T [°C]", "Globalstrahlung (W/m2)", "Frequency [Hz]", "Level (m)"])
def test_another_quantity_is_no_load(read, name):
    with pytest.raises(LoadError, match=r"but the unit is MW. Choose another column"):
        read(f"time,{name}", "2024-01-01T00:00Z,5", unit="MW")


@pytest.mark.parametrize("name", ["Zählerstand kWh", "Meter reading", "counter_kwh", "Index kWh"])
def test_a_meter_reading_is_no_measurement(read, name):
    with pytest.raises(LoadError, match="seems to count up"):
        read(f"time,{name}", "2024-01-01T00:00Z,5", unit="kWh")


def test_crowns_are_of_a_country(read):
    with pytest.raises(LoadError, match=r"is in crowns. Pass which"):
        read("time,Pris kr/kWh", "2024-01-01T00:00Z,5", unit="EUR/MWh", metric="price")


def test_a_price_is_no_load(read):
    with pytest.raises(LoadError, match="the column price does not seem to be load"):
        read("time,price", "2024-01-01T00:00Z,5", unit="MW")
    assert read("time,price", "2024-01-01T00:00Z,5", unit="EUR/MWh", metric="spot_price") == [5]


@pytest.mark.parametrize("form", ["long", "wide"])
@pytest.mark.parametrize("row", ["UTC,GW", ",[GW]", "2024-01-01T00:00Z,GW"])
def test_a_row_of_units_is_named(read, form, row):
    with pytest.raises(LoadError, match=r"row 1 has the unit \[?GW\]? instead of a number. .*--unit GW"):
        read("time,A", row, "2024-01-01T00:00Z,5", form=form, unit="MW")


def test_energies_of_days_are_no_energies_of_hours(read):
    lines = ["time,Energy MWh", *(f"2024-01-0{day},{day * 1000}" for day in range(1, 5))]
    with pytest.raises(LoadError, match="is the energy of an hour, but the intervals are days"):
        read(*lines, unit="MWh/h", time_zone="UTC")


def test_years_are_no_nodes(read):
    with pytest.raises(LoadError, match="the columns 2022, 2023 seem to be dates, months or years"):
        read("time,2022,2023", "2024-01-01T00:00Z,5,6", form="wide")
