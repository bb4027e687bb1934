"""Names of columns that contradict the options, or state what no option does: refused, never read as another thing."""

from datetime import UTC, datetime

import pytest

from loaders.canonical.totals import is_total
from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.formats.described.description import parse_description
from loaders.formats.evidence.interval_edges import edge_in_name
from loaders.formats.evidence.unit_names import unit_in_name

SHARED = {"grid": "G", "region": "R", "node": "N", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}
WIDE = {**SHARED, "node": None, "time_column": "time"}
ENDS = [
    "HourEnding", "HE", "Hour Ending", "hourending", "Interval End", "period_end", "to", "bis", "Datum bis",
    "Fin", "hasta", "time_to_utc", "validTo", "datetime_ending_ept", "Data/ora fine", "INTERVALENDTIME_GMT",
    "Delivery end (UTC)",    "dt_fim", "do", "to_datetime", "ToDate", "sluttid", "thru",
    "終了時刻", "HR_ENDING", "jusqu'à", "until", "IntervalEndTime",
]  # fmt: skip
NOT_NODES = [
    "quality", "Quality flag", "flag", "status", "comment", "total", "Total load", "sum", "Summe", "average",
    "Einheit", "Unnamed: 0", "Last updated", "Date", "Hour Ending", "Bemerkung", "Max", "interval_id",
    "id", "#", "Sum of zones", "flag_A", "Source file", "All zones", "Gesamtlast", "lat", "A_capacity", "A_flag",
    "Total incl. losses", "Net total",
]  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def _read(header, row, start=None, value=None, form="long", **options):
        path = tmp_path / "file.csv"
        path.write_text(f"{header}\n{row}\n")
        columns = {name: ours for name, ours in ((start, "interval_start"), (value, "value")) if name}
        read_options = ReadOptions(**{**(SHARED if form == "long" else WIDE), "column_map": columns, **options})
        return sum(len(table) for table in format_named(form).read(path, read_options))

    return _read


@pytest.mark.parametrize(
    ("date", "hour"),
    [
        ("Date", "Hour"),
        ("SettlementDate", "SettlementPeriod"),
        ("Datum", "Uhrzeit"),
        ("Trading Date", "HE"),
        ("day", "PTU"),
        ("Datum", "von"),
        ("OPR_DT", "OPR_HR"),
        ("受渡日", "時刻コード"),
    ],
)
def test_a_date_next_to_an_hour_is_not_the_start(read, date, hour):
    with pytest.raises(LoadError, match=f"the start is in {date} only, but {hour} seems to be the hour"):
        read(f"{date},{hour},value", "2024-01-01,1,5", date, time_zone="UTC")
    assert read(f"{date},{hour},value", "2024-01-01,1,5", date, time_zone="UTC", ignore=(hour,)) == 1


def test_a_full_time_next_to_an_hour_is_the_start(read):
    assert read("datetime,hour,value", "2024-01-01T00:00Z,1,5", "datetime") == 1


@pytest.mark.parametrize(
    "name",
    ENDS,
)
def test_a_column_of_ends_is_not_the_start(read, name):
    words = "seems to hold the end of the intervals, but it is read as their start"
    with pytest.raises(LoadError, match=words):
        read(f"{name},value", "2024-01-01T01:00Z,5", name)
    with pytest.raises(LoadError, match=words):
        read(f"{name},A", "2024-01-01T01:00Z,5", form="wide", time_column=name)
    assert read(f"{name},value", "2024-01-01T01:00Z,5", column_map={name: "interval_end"}) == 1


@pytest.mark.parametrize("name", ["from", "Datum von", "Interval Start", "Hour_Beginning", "desde"])
def test_a_column_of_starts_is_not_the_end(read, name):
    with pytest.raises(LoadError, match="seems to hold the start of the intervals, but it is read as their end"):
        read(f"{name},value", "2024-01-01T01:00Z,5", column_map={name: "interval_end"})


@pytest.mark.parametrize(
    "name", ["time", "Datum", "MTU (CET/CEST)", "Weekend", "start_end", "SETTLEMENTDATE", "Legend", "od-do"]
)
def test_other_names_say_neither(name):
    assert edge_in_name(name) is None


def test_24_00_is_an_end(read):
    with pytest.raises(LoadError, match="row 1 has the time 2024-01-01T24:00Z, so the times seem to be the ends"):
        read("time,value", "2024-01-01T24:00Z,5", "time")
    assert read("time,value", "2024-01-01T24:00Z,5", column_map={"time": "interval_end"}) == 1


@pytest.mark.parametrize("name", ["HourUTC", "Time (UTC)", "timestamp_utc"])
def test_a_column_named_utc_is_in_no_other_zone(read, name):
    with pytest.raises(LoadError, match="says UTC, but the time zone is set to Europe/Berlin"):
        read(f"{name},value", "2024-01-01T00:00,5", name, time_zone="Europe/Berlin")
    assert read(f"{name},value", "2024-01-01T00:00,5", name, time_zone="UTC") == 1


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("MTU (CET/CEST)", "UTC", "Europe/Brussels"),
        ("Time (CET/CEST)", "Etc/GMT-1", "Europe/Berlin"),
        ("Time (CET)", "Europe/London", "Etc/GMT-1"),
        ("Uhrzeit (MEZ/MESZ)", "UTC", "Europe/Vienna"),
        ("Local time", "UTC", "America/Chicago"),
        ("Central European Time", "UTC", "Europe/Berlin"),
        ("Eastern Prevailing Time", "America/Chicago", "America/New_York"),
        ("UTCDateTime", "Europe/Berlin", "UTC"),
        ("time_local", "UTC", "Asia/Tokyo"),
        ("GMT", "Europe/London", "UTC"),
        ("GMT/BST", "UTC", "Europe/London"),
        ("time_est", "America/Chicago", "Etc/GMT+5"),
        ("datetime_ept", "Etc/GMT+5", "America/New_York"),
        ("Time (UTC+01:00)", "Europe/Berlin", "Etc/GMT-1"),
        ("Time (+10:00)", "Australia/Sydney", "Australia/Brisbane"),
        ("Time (Europe/Berlin)", "Europe/Helsinki", "Europe/Amsterdam"),
    ],
)
def test_a_zone_in_the_name_is_not_contradicted(read, name, wrong, right):
    with pytest.raises(LoadError, match="but the time zone is set to"):
        read(f"{name},value", "2024-07-01T00:00,5", name, time_zone=wrong)
    with pytest.raises(LoadError, match="but the time zone is set to"):
        read(f"{name},A", "2024-07-01T00:00,5", form="wide", time_column=name, time_zone=wrong)
    assert read(f"{name},value", "2024-07-01T00:00,5", name, time_zone=right) == 1


def test_a_local_column_next_to_one_in_utc_is_not_utc(read):
    with pytest.raises(LoadError, match="HourUTC is in UTC, so HourDK is not, but --time-zone is UTC"):
        read("HourUTC,HourDK,value", "2024-07-01T00:00,2024-07-01T02:00,5", "HourDK", time_zone="UTC")


def test_the_zone_of_the_knowledge_time_counts(read):
    columns = {"published_utc": "collected_at", "time": "interval_start"}
    options = {"collected_at": None, "column_map": columns, "time_zone": "Europe/Berlin"}
    with pytest.raises(LoadError, match="column published_utc says UTC, but"):
        read("time,published_utc,value", "2024-07-01T00:00,2024-07-01T00:00,5", **options)
    row = "2024-07-01T00:00,2024-07-01T00:00,5"
    assert read("time,published_utc,value", row, **options, collected_at_zone="UTC") == 1


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("GWh total", "GWh"),
        ("price_ct_kwh", "ct/kWh"),
        ("TWh", "TWh"),
        ("kW", "kW"),
        ("LoadMW", "MW"),
        ("MWh per 15 min", "MWh"),
        ("% of capacity", "%"),
        ("price_eur_mwh", "EUR/MWh"),
        ("LMP ($/MWh)", "$/MWh"),
        ("gCO2/kWh", "g/kWh"),
        ("EURct/kWh", "ct/kWh"),
        ("pence/kWh", "ct/kWh"),
        ("MWp", "MW"),
        ("Reactive [MVAr]", "Mvar"),
        ("Power (W)", "W"),
        ("Price per MWh", None),
        ("Mwanza", None),
        ("Harbour", None),
    ],
)
def test_the_unit_in_a_name(name, unit):
    assert unit_in_name(name) == unit


@pytest.mark.parametrize(
    ("name", "stated", "words"),
    [
        ("GWh total", "MW", "says GWh, but the unit is set to MW. Pass --unit GWh, or --unit GWh/h"),
        ("TWh", "MWh", "says TWh"),
        ("kW", "MW", "says kW"),
        ("price_ct_kwh", "EUR/MWh", "says ct/kWh"),
        ("MWh per 15 min", "MW", "perInterval: true"),
        ("MWh per 15 min", "MWh/h", "says MWh"),
        ("% of capacity", "MW", "says %"),
        ("SpotPriceDKK", "EUR/MWh", "names DKK"),
        ("cumulative_mwh", "MWh", "seems to count up"),
        ("daily_total_mwh", "MWh/h", "says MWh"),
        ("GWh total", None, "Pass the unit, such as --unit GWh"),
        ("Tsd. MWh", "MWh", "counts in units of Tsd. MWh"),
    ],
)
def test_a_unit_in_the_name_is_not_contradicted(read, name, stated, words):
    with pytest.raises(LoadError, match=words):
        read(f"time,{name}", "2024-01-01T00:00Z,5", "time", name, unit=stated)


@pytest.mark.parametrize(("name", "stated"), [("Load [MWh]", "MWh/h"), ("price_ct_kwh", "ct/kWh"), ("load_mw", "MW")])
def test_a_stated_unit_that_agrees_is_read(read, name, stated):
    assert read(f"time,{name}", "2024-01-01T00:00Z,5", "time", name, unit=stated) == 1


def test_a_currency_in_the_name_of_a_value_needs_its_unit(read):
    with pytest.raises(LoadError, match=r"seems to be in DKK\. Pass the unit, such as --unit DKK/MWh"):
        read("time,SpotPriceDKK", "2024-01-01T00:00Z,5", "time", "SpotPriceDKK")


@pytest.mark.parametrize("name", ["実績(万kW)", "Load in 10000 kW"])
def test_ten_thousand_kilowatts_are_refused(read, name):
    with pytest.raises(LoadError, match="counts in units of 10,000 kW"):
        read(f"time,{name}", "2024-01-01T00:00Z,5", "time", name)


@pytest.mark.parametrize(
    ("header", "unit", "words"),
    [
        ("time,A (GW),B (MW)", None, "seem to be in GW and MW"),
        ("time,A [GWh],B [GWh]", None, "Pass the unit, such as --unit GWh"),
        ("time,A [GW],B", "MW", "says GW, but the unit is set to MW"),
    ],
)
def test_units_in_the_names_of_nodes_are_not_ignored(read, header, unit, words):
    with pytest.raises(LoadError, match=words):
        read(header, "2024-01-01T00:00Z,5,6", form="wide", unit=unit)


@pytest.mark.parametrize(
    "name",
    NOT_NODES,
)
def test_a_column_that_describes_or_adds_up_is_not_a_node(read, name):
    with pytest.raises(LoadError, match=rf"the column {name} does not seem to be a node\. .*--ignore '{name}'"):
        read(f"time,A,{name}", "2024-01-01T00:00Z,5,1", form="wide")
    assert read(f"time,A,{name}", "2024-01-01T00:00Z,5,1", form="wide", ignore=(name,)) == 1


@pytest.mark.parametrize(
    "name", ["N1", "DE", "ID", "QC", "NO", "Total Energies", "System", "West", "Harbour", "Summer", "Allentown"]
)
def test_names_of_locations_are_nodes(read, name):
    assert read(f"time,{name}", "2024-01-01T00:00Z,5", form="wide") == 1
    assert not is_total(name)


@pytest.mark.parametrize(
    ("time", "value", "words"),
    [
        (
            "{start: HourEnding, time_zone: UTC}",
            "{column: a, metric: load, unit: MW}",
            "HourEnding says that it is the",
        ),
        ("{date: d, hour: HB, time_zone: UTC}", "{column: a, metric: load, unit: MW}", "HB says that it is the start"),
        ("{start: t, time_zone: UTC}", "{column: 'Load [GWh]', metric: load, unit: MW}", "says GWh, not MW"),
    ],
)
def test_a_description_does_not_contradict_the_names_either(time, value, words):
    text = f"name: x\nsummary: x\nsource: x\ngrid: G\nresolution: PT1H\ntime: {time}\nvalues: [{value}]\n"
    with pytest.raises(UsageError, match=words):
        parse_description(text, "x.yml")
