"""Files in publishers' real layouts: read in place, each right or refused; never a wrong number in silence."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.settings import PROJECT_ROOT

CASES = next(
    (
        folder / "shared" / "cases"
        for folder in (*PROJECT_ROOT.parents, Path("/work"))
        if (folder / "shared" / "cases").is_dir()
    ),
    None,
)
pytestmark = pytest.mark.skipif(CASES is None, reason="the folder shared/cases is not here")
COLLECTED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def read(pattern: str, name: str = "long", **options: object) -> list[dict]:
    assert CASES is not None
    (path,) = CASES.glob(pattern)
    return [row for batch in format_named(name).read(path, ReadOptions(**options)) for row in batch.to_pylist()]


def described(pattern: str, name: str, **options: object) -> dict[tuple[str, str, str], float]:
    rows = read(pattern, name, collected_at=COLLECTED_AT, **options)
    assert [row["reason"] for row in rows] == [None] * len(rows)
    return {(row["node"], row["metric"], f"{row['interval_start']:%m-%dT%H:%M}"): row["value"] for row in rows}


@pytest.mark.parametrize("case", ["02-*/2025-10-01.csv", "03-*/load15.csv", "04-*/load15.csv", "51-*/quarter.csv"])
def test_quarter_hours_are_never_hours(case):
    assert {row["resolution"] for row in read(case)} == {"PT15M"}


def test_two_lengths_in_one_file_keep_theirs():
    rows = read("01-*/da_prices_be.csv")
    assert {row["resolution"] for row in rows[:2]} == {"PT1H"}
    assert {row["resolution"] for row in rows[2:]} == {"PT15M"}


def test_a_stated_resolution_that_the_rows_contradict_is_refused():
    with pytest.raises(LoadError, match="PT15M apart, but the resolution is set to PT1H"):
        read("03-*/load15.csv", resolution="PT1H")


def test_the_end_of_a_quarter_hour():
    assert read("05-*/nem15.csv")[0]["interval_start"] == datetime(2025, 9, 30, 14, tzinfo=UTC)


@pytest.mark.parametrize(("case", "value"), [("09-*/*.csv", 45310), ("10-*/*.tsv", 92310)])
def test_thousands_are_requested(case, value):
    with pytest.raises(LoadError, match="no other value decides"):
        read(case)
    group = "." if value == 45310 else ","
    assert read(case, decimal_char="," if group == "." else ".")[0]["value"] == value


def test_both_signs_decide():
    assert [row["value"] for row in read("11-*/smard2.csv")] == [987.5, 991.25, 1003.75, 1010, 998.5]


@pytest.mark.parametrize(
    ("case", "columns", "unit"),
    [
        ("13-*/da.csv", {"datetime": "interval_start", "area": "node", "price_eur_mwh": "value"}, "EUR/MWh"),
        ("14-*/plant.csv", {"time": "interval_start", "plant": "node", "mw": "value"}, "MW"),
        ("15-*/smard_mwh.csv", {"time": "interval_start", "area": "node", "mwh": "value"}, "MWh"),
    ],
)
def test_the_unit_in_a_column_name_is_requested(case, columns, unit):
    options = {"grid": "G", "region": "R", "metric": "price", "collected_at": COLLECTED_AT, "column_map": columns}
    with pytest.raises(LoadError, match=f"seems to be in {unit}"):
        read(case, **options)
    assert {row["unit"] for row in read(case, **options, unit=unit)} == {unit}


def test_nyiso_and_isone_repeated_hours():
    for case in ("20-*/2024*.csv", "20-*/iso_times.csv"):
        rows = described(case, "nyiso-integrated-load")
        assert [rows["CAPITL", "load", f"11-03T{hour:02}:00"] for hour in (4, 5, 6, 7)] == [1000, 1001, 1002, 1003]
        assert len(rows) == 8
    rows = described("21-*/*.csv", "isone-hourly-system-load")
    assert list(rows.values()) == [9500.1, 9300.2, 9200.3, 9100.4]
    assert [start for _, _, start in rows] == [f"11-03T{hour:02}:00" for hour in (4, 5, 6, 7)]


def test_eia_files_end_the_hour():
    rows = described("24-*/*.csv", "eia930-six-month")
    assert rows["AECI", "load", "07-01T05:00"] == 2211
    assert rows["AECI", "load_forecast", "07-01T05:00"] == 2311
    for case, name in (("25-*/*.json", "eia-api"), ("25-*/*.csv", "eia-api-csv")):
        assert described(case, name) == {("CISO", "load", "01-01T04:00"): 22000, ("CISO", "load", "01-01T05:00"): 21500}


def test_oasis_zip_energinet_elia_awattar_and_smard():
    assert described("17-*/*.zip", "caiso-oasis-load-forecast")["CAISO", "load_forecast", "03-10T08:00"] == 21045.5
    assert described("29-*/*.csv", "energinet-elspot", grid="DK")["DK1", "price", "01-01T00:00"] == 29.5
    elia = described("54-*/elia.csv", "elia-total-load")
    assert (elia["BE", "load", "10-27T00:00"], elia["BE", "load", "10-27T01:00"]) == (8000.1, 7900.2)
    assert described("26-*/awattar.json", "awattar-market-data", grid="AT") == {("AT", "price", "12-31T23:00"): 29.2}
    smard = described("50-*/*.csv", "smard-consumption-hourly")
    assert [smard["DE", "load", start] for start in ("10-26T23:00", "10-27T00:00", "10-27T01:00", "10-27T02:00")] == [
        *(41310.25, 40120.5, 39905.75, 39800)
    ]


def test_ercot_hours_by_a_description_of_ones_own(tmp_path):
    description = tmp_path / "ercot.yml"
    description.write_text(
        "name: ercot-he\nsummary: Prices.\nsource: ercot\ngrid: ERCOT\nnode_column: SettlementPoint\nresolution: PT1H\n"
        "time: {end: HourEnding, time_zone: America/Chicago, repeated: {column: DSTFlag, second: ['Y']}}\n"
        "values: [{column: Price, metric: price, unit: USD/MWh}]\n"
    )
    rows = described("07-*/he.csv", str(description))
    assert len(rows) == 49
    assert [rows["HB_NORTH", "price", f"11-03T{hour:02}:00"] for hour in (5, 6, 7)] == [1, 2, 99]


def test_a_workbook_counts_no_total_twice():
    rows = described("18-*/*.xlsx", "ercot-native-load")
    starts = ["03-10T05:00", "03-10T06:00", "03-10T07:00", "03-10T08:00", "03-11T04:00"]
    assert [rows["COAST", "load", start] for start in starts] == [1001.5, 1002.5, 1003.5, 1004.5, 1006.5]
    assert {node for node, _, _ in rows} == {"COAST", "EAST", "NORTH"}
    assert len(rows) == 24


def test_opsd_leaves_out_the_second_time_and_charts_are_arrays():
    assert len(described("27-*/*.csv", "opsd-time-series")) == 15
    prices = described("26-*/energy_charts.json", "energy-charts-price", grid="DE")
    assert prices == {("DE", "price", "12-31T23:00"): 29.2, ("DE", "price", "01-01T00:00"): -0.1}
    assert [
        (row["value"], row["reason"]) for row in read("26-*/smard.json", "smard-chart-load", collected_at=COLLECTED_AT)
    ] == [
        (45310.2, None),
        (None, "blank"),
    ]


def test_publishers_with_their_own_signs_and_names():
    elexon = [read("26-*/elexon.json", "elexon-generation"), read("54-*/elexon.csv", "elexon-generation-csv")]
    assert [(rows[0]["interval_start"].hour, rows[0]["value"]) for rows in elexon] == [(1, 9000), (1, 9000)]
    assert described("54-*/fingrid.csv", "fingrid-consumption")["FI", "load", "10-27T00:15"] == 9010
    assert described("54-*/nordpool.csv", "nordpool-day-ahead") == {("SE3", "price", "09-30T22:00"): 45.5}
    assert described("54-*/rte.xls", "rte-eco2mix") == {("FR", "load", "12-31T23:00"): 55000}
    with pytest.raises(LoadError, match="is HTML"):
        described("54-*/nordpool.xls", "nordpool-day-ahead")


def test_a_file_without_a_header_by_a_description_of_ones_own(tmp_path):
    description = tmp_path / "nbpower.yml"
    description.write_text(
        "name: nbpower\nsummary: Load.\nsource: nbpower\ngrid: NB\nresolution: PT1H\n"
        "extract: [{column: stamp, pattern: '(?P<time>[0-9]{14})(?P<zone>A[DS])'}]\n"
        "time: {start: time, format: '%Y%m%d%H%M%S', time_zone: America/Moncton, zone_column: zone,"
        " offsets: {AD: '-03:00', AS: '-04:00'}}\n"
        "values: [{column: load, metric: load, unit: MW}]\ndialect: {header: [stamp, load, other]}\n"
    )
    rows = described("48-*/*.csv", str(description))
    assert [start for _, _, start in rows] == [f"11-05T{hour:02}:00" for hour in (3, 4, 5, 7)]


def test_utf16_and_zstd_are_read():
    assert [row["value"] for row in read("39-*/utf16.txt")] == [12.5]
    assert len(read("43-*/plain.csv.zst")) == 2
