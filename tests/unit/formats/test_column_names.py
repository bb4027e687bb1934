"""Names of columns that contradict the options, or state what no option does: refused, never read as another thing."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named

SHARED = {"grid": "G", "region": "R", "node": "N", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.fixture
def read(tmp_path):
    def _read(header, row, start=None, value=None, **options):
        path = tmp_path / "file.csv"
        path.write_text(f"{header}\n{row}\n")
        columns = {name: ours for name, ours in ((start, "interval_start"), (value, "value")) if name}
        read_options = ReadOptions(**{**SHARED, "column_map": columns, **options})
        return sum(len(table) for table in format_named("long").read(path, read_options))

    return _read


@pytest.mark.parametrize(
    ("date", "hour"),
    [
        ("Date", "Hour"),
        ("SettlementDate", "SettlementPeriod"),
        ("Datum", "Uhrzeit"),
        ("Trading Date", "HE"),
        ("day", "PTU"),
    ],
)
def test_a_date_next_to_an_hour_is_not_the_start(read, date, hour):
    with pytest.raises(LoadError, match=f"the start is in {date} only, but {hour} seems to be the hour"):
        read(f"{date},{hour},value", "2024-01-01,1,5", date, time_zone="UTC")
    assert read(f"{date},{hour},value", "2024-01-01,1,5", date, time_zone="UTC", ignore=(hour,)) == 1


def test_a_full_time_next_to_an_hour_is_the_start(read):
    assert read("datetime,hour,value", "2024-01-01T00:00Z,1,5", "datetime") == 1


@pytest.mark.parametrize("name", ["HourUTC", "Time (UTC)", "timestamp_utc"])
def test_a_column_named_utc_is_in_no_other_zone(read, name):
    with pytest.raises(LoadError, match="says UTC, but the time zone is set to Europe/Berlin"):
        read(f"{name},value", "2024-01-01T00:00,5", name, time_zone="Europe/Berlin")
    assert read(f"{name},value", "2024-01-01T00:00,5", name, time_zone="UTC") == 1


def test_a_currency_in_the_name_of_a_value_needs_its_unit(read):
    with pytest.raises(LoadError, match=r"seems to be in DKK\. Pass the unit, such as --unit DKK/MWh"):
        read("time,SpotPriceDKK", "2024-01-01T00:00Z,5", "time", "SpotPriceDKK")


@pytest.mark.parametrize("name", ["実績(万kW)", "Load in 10000 kW"])
def test_ten_thousand_kilowatts_are_refused(read, name):
    with pytest.raises(LoadError, match="counts in units of 10,000 kW"):
        read(f"time,{name}", "2024-01-01T00:00Z,5", "time", name)


@pytest.mark.parametrize(
    ("header", "words"),
    [("time,A (GW),B (MW)", "seem to be in GW and MW"), ("time,A [GWh],B [GWh]", "Pass the unit, such as --unit GWh")],
)
def test_units_in_the_names_of_nodes_are_not_ignored(tmp_path, header, words):
    path = tmp_path / "file.csv"
    path.write_text(f"{header}\n2024-01-01T00:00Z,5,6\n")
    options = ReadOptions(**{**SHARED, "node": None, "time_column": "time"})
    with pytest.raises(LoadError, match=words):
        list(format_named("wide").read(path, options))
