"""Publishers of Europe: a tiny file of each with a spring day, an autumn day and a blank."""

import json

import pytest

from tests.support.described_files import COLLECTED_AT, blanks, read_rows, stored

# 2024-03-31 and 2024-10-27 are the days on which the clocks change.
SPRING, AUTUMN = 1711846800, 1729990800  # 2024-03-31T01:00Z, 2024-10-27T01:00Z
# name → (content, encoding, options, the rows as (node, metric, start in UTC, value), blanks)
FILES = {
    "smard-consumption-quarter-hourly": (
        "Datum von;Datum bis;Gesamt (Netzlast) [MWh] Originalauflösungen\n31.03.2024 01:45;31.03.2024 03:00;10.250,5\n"
        "31.03.2024 03:00;31.03.2024 03:15;-\n27.10.2024 02:45;27.10.2024 02:00;10.000\n"
        "27.10.2024 02:45;27.10.2024 03:00;9.999,25\n",
        "utf-8-sig",
        {},
        [
            ("DE", "load", "2024-03-31T00:45", 41002),
            ("DE", "load", "2024-10-27T00:45", 40000),
            ("DE", "load", "2024-10-27T01:45", 39997),
        ],
        1,
    ),
    "smard-chart-load": (
        json.dumps({"meta_data": {}, "series": [[SPRING * 1000, 41.5], [AUTUMN * 1000, 40], [1729994400000, None]]}),
        "utf-8",
        {},
        [("DE", "load", "2024-03-31T01:00", 41.5), ("DE", "load", "2024-10-27T01:00", 40)],
        1,
    ),
    "energy-charts-price": (
        json.dumps(
            {
                "license_info": "CC",
                "unix_seconds": [SPRING, SPRING + 3600, AUTUMN, AUTUMN + 3600],
                "price": [29.2, -0.1, 30, None],
                "unit": "EUR / MWh",
            }
        ),
        "utf-8",
        {"grid": "DE"},
        [
            ("DE", "price", "2024-03-31T01:00", 29.2),
            ("DE", "price", "2024-03-31T02:00", -0.1),
            ("DE", "price", "2024-10-27T01:00", 30),
        ],
        1,
    ),
    "energy-charts-load": (
        json.dumps(
            {
                "unix_seconds": [SPRING, SPRING + 900, AUTUMN, AUTUMN + 900],
                "production_types": [
                    {"name": "Solar", "data": [1, 1, 1, 1]},
                    {"name": "Load", "data": [40000, 40001, 40002, None]},
                ],
            }
        ),
        "utf-8",
        {"grid": "DE"},
        [
            ("DE", "load", "2024-03-31T01:00", 40000),
            ("DE", "load", "2024-03-31T01:15", 40001),
            ("DE", "load", "2024-10-27T01:00", 40002),
        ],
        1,
    ),
    "nordpool-day-ahead": (
        "Delivery Date CET;Delivery Start (CET);Delivery End (CET);SE3 (EUR);FI (EUR)\n"
        "31.03.2024;31.03.2024 01:00:00;31.03.2024 03:00:00;45,50;\n"
        "27.10.2024;27.10.2024 02:00:00;27.10.2024 02:00:00;1 045,50;1,00\n"
        "27.10.2024;27.10.2024 02:00:00;27.10.2024 03:00:00;-0,25;2,00\n",
        "utf-8",
        {},
        [
            ("FI", "price", "2024-10-27T00:00", 1),
            ("FI", "price", "2024-10-27T01:00", 2),
            ("SE3", "price", "2024-03-31T00:00", 45.5),
            ("SE3", "price", "2024-10-27T00:00", 1045.5),
            ("SE3", "price", "2024-10-27T01:00", -0.25),
        ],
        1,
    ),
    "energinet-elspot-json": (
        json.dumps(
            {
                "dataset": "Elspotprices",
                "records": [
                    {"HourUTC": "2024-03-31T01:00:00", "PriceArea": "DK1", "SpotPriceDKK": 1, "SpotPriceEUR": 29.5},
                    {"HourUTC": "2024-10-27T01:00:00", "PriceArea": "DK1", "SpotPriceDKK": 1, "SpotPriceEUR": -1.5},
                    {"HourUTC": "2024-10-27T02:00:00", "PriceArea": "DK1", "SpotPriceDKK": 1, "SpotPriceEUR": None},
                ],
            }
        ),
        "utf-8",
        {"grid": "DK"},
        [("DK1", "price", "2024-03-31T01:00", 29.5), ("DK1", "price", "2024-10-27T01:00", -1.5)],
        1,
    ),
    "fingrid-consumption": (
        "startTime;endTime;Electricity consumption\n2024-03-31T01:00:00.000Z;2024-03-31T01:15:00.000Z;9000.5\n"
        "2024-10-27T00:00:00.000Z;2024-10-27T00:15:00.000Z;9010\n"
        "2024-10-27T01:00:00.000Z;2024-10-27T01:15:00.000Z;\n",
        "utf-8",
        {},
        [("FI", "load", "2024-03-31T01:00", 9000.5), ("FI", "load", "2024-10-27T00:00", 9010)],
        1,
    ),
    "esios-indicator": (
        json.dumps(
            {
                "indicator": {
                    "id": 600,
                    "values": [
                        {"value": 20.5, "datetime_utc": "2024-03-31T01:00:00Z", "geo_id": 3, "geo_name": "España"},
                        {"value": 21, "datetime_utc": "2024-10-27T00:00:00Z", "geo_id": 3, "geo_name": "España"},
                        {"value": 22, "datetime_utc": "2024-10-27T01:00:00Z", "geo_id": 3, "geo_name": "España"},
                        {"value": None, "datetime_utc": "2024-10-27T02:00:00Z", "geo_id": 3, "geo_name": "España"},
                    ],
                }
            }
        ),
        "utf-8",
        {},
        [
            ("España", "price", "2024-03-31T01:00", 20.5),
            ("España", "price", "2024-10-27T00:00", 21),
            ("España", "price", "2024-10-27T01:00", 22),
        ],
        1,
    ),
    "rte-eco2mix": (
        "Périmètre\tNature\tDate\tHeures\tConsommation\tPrévision J-1\n"
        "France\tDéfinitif\t2024-03-31\t03:00\t55000\tND\n"
        "France\tDéfinitif\t2024-10-27\t02:30\t50000\t50100\nFrance\tDéfinitif\t2024-10-27\t02:30\t49000\t49100\n"
        "Bretagne\tDéfinitif\t2024-10-27\t03:00\t1\t1\n",
        "latin-1",
        {},
        [
            ("FR", "load", "2024-03-31T01:00", 55000),
            ("FR", "load", "2024-10-27T00:30", 50000),
            ("FR", "load", "2024-10-27T01:30", 49000),
            ("FR", "load_forecast", "2024-10-27T00:30", 50100),
            ("FR", "load_forecast", "2024-10-27T01:30", 49100),
        ],
        1,
    ),
    "opsd-time-series": (
        "utc_timestamp,cet_cest_timestamp,AT_load_actual_entsoe_transparency,DE_LU_load_forecast_entsoe_transparency,"
        "AT_solar_generation_actual\n2019-03-31T01:00:00Z,2019-03-31T03:00:00+0200,6000,,1\n"
        "2019-10-27T00:00:00Z,2019-10-27T02:00:00+0200,6001,45001,1\n"
        "2019-10-27T01:00:00Z,2019-10-27T02:00:00+0100,6002,45002,1\n",
        "utf-8",
        {},
        [
            ("AT", "load", "2019-03-31T01:00", 6000),
            ("AT", "load", "2019-10-27T00:00", 6001),
            ("AT", "load", "2019-10-27T01:00", 6002),
            ("DE_LU", "load_forecast", "2019-10-27T00:00", 45001),
            ("DE_LU", "load_forecast", "2019-10-27T01:00", 45002),
        ],
        1,
    ),
    "entsoe-py-load": (
        ",Forecasted Load,Actual Load\n2024-03-31 03:00:00+02:00,41000.0,40000.0\n2024-03-31 03:15:00+02:00,41001.0,\n"
        "2024-10-27 02:45:00+02:00,41002.0,40002.0\n2024-10-27 02:00:00+01:00,41003.0,40003.0\n",
        "utf-8",
        {"grid": "BE"},
        [
            ("BE", "load", "2024-03-31T01:00", 40000),
            ("BE", "load", "2024-10-27T00:45", 40002),
            ("BE", "load", "2024-10-27T01:00", 40003),
            ("BE", "load_forecast", "2024-03-31T01:00", 41000),
            ("BE", "load_forecast", "2024-03-31T01:15", 41001),
            ("BE", "load_forecast", "2024-10-27T00:45", 41002),
            ("BE", "load_forecast", "2024-10-27T01:00", 41003),
        ],
        1,
    ),
    "entsoe-py-prices": (
        ",0\n2024-03-31 03:00:00+02:00,20.5\n2024-10-27 02:00:00+02:00,21\n2024-10-27 02:00:00+01:00,22\n"
        "2024-10-27 03:00:00+01:00,\n",
        "utf-8",
        {"grid": "BE"},
        [
            ("BE", "price", "2024-03-31T01:00", 20.5),
            ("BE", "price", "2024-10-27T00:00", 21),
            ("BE", "price", "2024-10-27T01:00", 22),
        ],
        1,
    ),
}
RESOLUTIONS = {"smard-consumption-quarter-hourly": "PT15M", "energy-charts-load": "PT15M", "rte-eco2mix": "PT30M"}
RESOLUTIONS |= {"fingrid-consumption": "PT15M", "entsoe-py-load": "PT15M"}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_both_clock_changes_is_read_right(name, write):
    content, encoding, options, expected, blank = FILES[name]
    rows = read_rows(name, write(content, encoding=encoding), collected_at=COLLECTED_AT, **options)
    assert stored(rows) == expected
    assert blanks(rows) == blank
    assert {row["resolution"] or "PT1H" for row in rows} == {RESOLUTIONS.get(name, "PT1H")}
    assert {row["unit"] for row in rows} == {"EUR/MWh" if "price" in {row["metric"] for row in rows} else "MW"}


def test_elexon_states_when_it_was_published(write):
    entry = {"dataset": "FUELHH", "fuelType": "WIND", "settlementPeriod": 5}
    records = [
        {**entry, "publishTime": "2024-03-31T01:31:00Z", "startTime": "2024-03-31T01:00:00Z", "generation": 9000},
        {**entry, "publishTime": "2024-10-27T01:31:00Z", "startTime": "2024-10-27T01:00:00Z", "generation": 9001},
        {**entry, "publishTime": "2024-10-27T02:01:00Z", "startTime": "2024-10-27T01:30:00Z", "generation": None},
    ]
    csv = "PublishTime,StartTime,SettlementDate,SettlementPeriod,FuelType,Generation\n" + "".join(
        f"{record['publishTime']},{record['startTime']},x,5,WIND,{record['generation'] or ''}\n" for record in records
    )
    for name, content in (("elexon-generation", json.dumps({"data": records})), ("elexon-generation-csv", csv)):
        rows = read_rows(name, write(content))
        assert stored(rows) == [
            ("WIND", "generation", "2024-03-31T01:00", 9000),
            ("WIND", "generation", "2024-10-27T01:00", 9001),
        ]
        assert blanks(rows) == 1
        assert {f"{row['collected_at']:%m-%dT%H:%M}" for row in rows} == {"03-31T01:31", "10-27T01:31", "10-27T02:01"}


def test_settlement_periods_count_from_local_midnight(write):
    periods = [("2024-03-31", 3, 1), ("2024-03-31", 46, 2), ("2024-10-27", 5, 3), ("2024-10-27", 50, 4)]
    entries = [
        {"settlementDate": day, "settlementPeriod": period, "demand": demand, "publishTime": "2024-10-28T00:00:00Z"}
        for day, period, demand in [*periods, ("2024-10-27", 7, None)]
    ]
    rows = read_rows("elexon-demand", write(json.dumps({"data": entries})))
    assert stored(rows) == [
        ("National", "load", "2024-03-31T01:00", 1),
        ("National", "load", "2024-03-31T22:30", 2),
        ("National", "load", "2024-10-27T01:00", 3),
        ("National", "load", "2024-10-27T23:30", 4),
    ]
    assert blanks(rows) == 1
    entries[0]["settlementPeriod"] = 47  # the spring day has 46
    assert {row["reason"] for row in read_rows("elexon-demand", write(json.dumps({"data": entries})))} == {
        "bad_time",
        "blank",
        None,
    }
