"""The shipped descriptions: each reads a tiny file with a spring day, an autumn day and a blank."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.formats.description import shipped_descriptions

COLLECTED_AT = datetime(2025, 1, 1, tzinfo=UTC)
NAMES = [description.name for description in shipped_descriptions()]

EIA_HEADER = "Balancing Authority,Data Date,UTC Time at End of Hour,Demand Forecast (MW),Demand (MW)\n"
OASIS_HEADER = "XML_DATA_ITEM,TAC_AREA_NAME,MARKET_RUN_ID,MW,INTERVALSTARTTIME_GMT\n"
SMARD_HEADER = "Datum von;Datum bis;Gesamt (Netzlast) [MWh] Berechnete Auflösungen\n"
API_RECORDS = [
    {"period": "2024-03-10T11", "respondent": "CISO", "type": "D", "value": "22000", "value-units": "megawatthours"},
    {"period": "2024-11-03T10", "respondent": "CISO", "type": "DF", "value": "21000", "value-units": "megawatthours"},
    {"period": "2024-11-03T11", "respondent": "CISO", "type": "D", "value": None, "value-units": "megawatthours"},
    {"period": "2024-11-03T11", "respondent": "CISO", "type": "NG", "value": "9", "value-units": "megawatthours"},
]
API_CSV = "period,respondent,type,value,value-units\n" + "".join(
    ",".join("" if text is None else text for text in record.values()) + "\n" for record in API_RECORDS
)
AWATTAR = [
    {"start_timestamp": 1711846800000, "end_timestamp": 1711850400000, "marketprice": 29.2, "unit": "Eur/MWh"},
    {"start_timestamp": 1729990800000, "end_timestamp": 1729994400000, "marketprice": -0.1, "unit": "Eur/MWh"},
    {"start_timestamp": 1729994400000, "end_timestamp": 1729998000000, "marketprice": None, "unit": "Eur/MWh"},
]
# name → (content, options, the rows as (node, metric, start in UTC, value in the unit))
CASES = {
    "eia930-six-month": (
        EIA_HEADER
        + 'AECI,03/10/2024,03/10/2024 9:00:00 a.m.,"2,311","12,211"\nAECI,11/03/2024,11/03/2024 12:00:00 p.m.,,400\n',
        {},
        [
            ("AECI", "load", "2024-03-10T08:00", 12211),
            ("AECI", "load", "2024-11-03T11:00", 400),
            ("AECI", "load_forecast", "2024-03-10T08:00", 2311),
        ],
    ),
    "eia-api": (
        json.dumps({"response": {"data": API_RECORDS}}),
        {},
        [("CISO", "load", "2024-03-10T10:00", 22000), ("CISO", "load_forecast", "2024-11-03T09:00", 21000)],
    ),
    "eia-api-csv": (
        API_CSV,
        {},
        [("CISO", "load", "2024-03-10T10:00", 22000), ("CISO", "load_forecast", "2024-11-03T09:00", 21000)],
    ),
    "caiso-oasis-load-forecast": (
        OASIS_HEADER + "SYS_FCST_DA_MW,CA ISO-TAC,DAM,21045.5,2024-03-10T10:00:00-00:00\n"
        "SYS_FCST_DA_MW,PGE-TAC,DAM,9000,2024-03-10T10:00:00-00:00\n"
        "SYS_FCST_DA_MW,CA ISO-TAC,DAM,20000,2024-11-03T09:00:00-00:00\n"
        "SYS_FCST_DA_MW,CA ISO-TAC,DAM,,2024-11-03T10:00:00-00:00\n",
        {},
        [
            ("CAISO", "load_forecast", "2024-03-10T10:00", 21045.5),
            ("CAISO", "load_forecast", "2024-11-03T09:00", 20000),
        ],
    ),
    "nyiso-integrated-load": (
        '"Time Stamp","Time Zone","Name","PTID","Integrated Load"\n'
        '"03/10/2024 01:00:00","EST","CAPITL",61757,1\n"03/10/2024 03:00:00","EDT","CAPITL",61757,3\n'
        '"11/03/2024 01:00:00","EDT","CAPITL",61757,5\n"11/03/2024 01:00:00","EST","CAPITL",61757,6\n'
        '"11/03/2024 02:00:00","EST","CAPITL",61757,\n',
        {},
        [
            ("CAPITL", "load", "2024-03-10T06:00", 1),
            ("CAPITL", "load", "2024-03-10T07:00", 3),
            ("CAPITL", "load", "2024-11-03T05:00", 5),
            ("CAPITL", "load", "2024-11-03T06:00", 6),
        ],
    ),
    "isone-hourly-system-load": (
        '"C","Real-Time Hourly System Load"\n"H","Date","Hour Ending","Total Load"\n"H","Date","HE","MWh"\n'
        '"D","03/10/2024","02","1"\n"D","03/10/2024","04","4"\n'
        '"D","11/03/2024","02","5"\n"D","11/03/2024","02X","6"\n"D","11/03/2024","24","7"\n"D","11/03/2024","23",""\n'
        '"T","7"\n',
        {},
        [
            ("ISONE", "load", "2024-03-10T06:00", 1),
            ("ISONE", "load", "2024-03-10T07:00", 4),
            ("ISONE", "load", "2024-11-03T05:00", 5),
            ("ISONE", "load", "2024-11-03T06:00", 6),
            ("ISONE", "load", "2024-11-04T04:00", 7),
        ],
    ),
    "ercot-day-ahead-prices": (
        "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
        "03/10/2024,02:00,HB_NORTH,1,N\n03/10/2024,04:00,HB_NORTH,2,N\n"
        "11/03/2024,02:00,HB_NORTH,3,N\n11/03/2024,02:00,HB_NORTH,99,Y\n11/03/2024,24:00,HB_NORTH,5,N\n"
        "11/03/2024,23:00,HB_NORTH,,N\n",
        {},
        [
            ("HB_NORTH", "price", "2024-03-10T07:00", 1),
            ("HB_NORTH", "price", "2024-03-10T08:00", 2),
            ("HB_NORTH", "price", "2024-11-03T06:00", 3),
            ("HB_NORTH", "price", "2024-11-03T07:00", 99),
            ("HB_NORTH", "price", "2024-11-04T05:00", 5),
        ],
    ),
    "smard-consumption-hourly": (
        SMARD_HEADER
        + "31.03.2024 01:00;31.03.2024 03:00;41.310,25\n31.03.2024 03:00;31.03.2024 04:00;-\n"
        + "27.10.2024 02:00;27.10.2024 02:00;40.120,5\n27.10.2024 02:00;27.10.2024 03:00;39.800\n",
        {},
        [
            ("DE", "load", "2024-03-31T00:00", 41310.25),
            ("DE", "load", "2024-10-27T00:00", 40120.5),
            ("DE", "load", "2024-10-27T01:00", 39800),
        ],
    ),
    "energinet-elspot": (
        "HourUTC;HourDK;PriceArea;SpotPriceDKK;SpotPriceEUR\n2024-03-31 01:00;2024-03-31 03:00;DK1;220,5;29,500000\n"
        "2024-10-27 01:00;2024-10-27 02:00;DK1;221;1045,310\n2024-10-27 02:00;2024-10-27 03:00;DK1;;\n",
        {"grid": "DK"},
        [("DK1", "price", "2024-03-31T01:00", 29.5), ("DK1", "price", "2024-10-27T01:00", 1045.31)],
    ),
    "elia-total-load": (
        "Datetime;Resolution code;Total Load;Most recent forecast\n2024-03-31T03:00:00+02:00;PT15M;8000.1;\n"
        "2024-10-27T02:00:00+02:00;PT15M;8000.1;8100\n2024-10-27T02:00:00+01:00;PT15M;7900.2;7950\n",
        {},
        [
            ("BE", "load", "2024-03-31T01:00", 8000.1),
            ("BE", "load", "2024-10-27T00:00", 8000.1),
            ("BE", "load", "2024-10-27T01:00", 7900.2),
            ("BE", "load_forecast", "2024-10-27T00:00", 8100),
            ("BE", "load_forecast", "2024-10-27T01:00", 7950),
        ],
    ),
    "awattar-market-data": (
        json.dumps({"object": "list", "data": AWATTAR}),
        {"grid": "AT"},
        [("AT", "price", "2024-03-31T01:00", 29.2), ("AT", "price", "2024-10-27T01:00", -0.1)],
    ),
}


def rows_of(name: str, path: Path, **options: str) -> list[dict]:
    batches = format_named(name).read(path, ReadOptions(collected_at=COLLECTED_AT, **options))
    return [row for batch in batches for row in batch.to_pylist()]


def found(rows: list[dict]) -> list[tuple]:
    assert {row["reason"] for row in rows} <= {None, "blank"}
    stated = [row for row in rows if row["reason"] is None]
    return sorted(
        (row["node"], row["metric"], f"{row['interval_start']:%Y-%m-%dT%H:%M}", row["value"]) for row in stated
    )


def test_every_shipped_description_has_a_tiny_file():
    texts = [file.read_text(encoding="utf-8") for file in (Path(__file__).parent / "publishers").glob("test_*.py")]
    assert [name for name in NAMES if name not in CASES and not any(f'"{name}"' in text for text in texts)] == []


@pytest.mark.parametrize("name", CASES)
def test_a_file_of_both_clock_changes_is_read_right(name, tmp_path):
    content, options, expected = CASES[name]
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    rows = rows_of(name, path, **options)
    assert found(rows) == expected
    assert {row["resolution"] for row in rows} == {format_named(name).default_resolution}
    assert {row["unit"] for row in rows} <= {"MW", "USD/MWh", "EUR/MWh"}
    assert {row["collected_at"] for row in rows} == {COLLECTED_AT}


@pytest.mark.parametrize("name", CASES)
def test_without_a_knowledge_time_or_for_another_file_it_is_refused(name, tmp_path):
    path = tmp_path / "file"
    path.write_text(CASES[name][0], encoding="utf-8")
    with pytest.raises(LoadError, match="Pass --collected-at"):
        list(format_named(name).read(path, ReadOptions(**CASES[name][1])))
    path.write_text('[{"a": 1}]' if "{" in CASES[name][0] else '"C","a"\n"H","a"\n"D","1"\n')
    with pytest.raises(LoadError, match=r"is not a file of|no list of records|has no rows|header cannot be read"):
        rows_of(name, path, **CASES[name][1])


def test_all_members_of_a_zip_are_read_or_those_that_match(tmp_path):
    name = "caiso-oasis-load-forecast"
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CASES[name][0])
    assert found(rows_of(name, path)) == CASES[name][2]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", CASES[name][0].replace("2024-1", "2023-1"))
        archive.writestr("readme.txt", "no data")
    rows = rows_of(name, path)
    assert len(found(rows)) == 2 * len(CASES[name][2])
    assert len({row["row_number"] for row in rows}) == len(rows)


def test_a_lost_second_hour_stays_ambiguous(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(SMARD_HEADER + "27.10.2024 02:00;27.10.2024 03:00;1\n27.10.2024 03:00;27.10.2024 04:00;2\n")
    rows = rows_of("smard-consumption-hourly", path)
    assert sorted((row["reason"] or "", row["value"]) for row in rows) == [("", 2), ("ambiguous_time", 1)]
