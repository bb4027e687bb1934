"""Weeks, months and years as publishers write them: ENTSO-E, the EIA and SMARD."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.formats import ReadOptions, format_named
from tests.support.described_files import COLLECTED_AT, read_rows
from tests.support.entsoe_documents import DE, document, load, series

CAPACITY = (
    f"<inBiddingZone_Domain.mRID>{DE}</inBiddingZone_Domain.mRID>"
    "<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><MktPSRType><psrType>B16</psrType></MktPSRType>"
)


def shown(rows: list[dict]) -> list[tuple]:
    """Metric, resolution, start in UTC and value of each row, or its reason."""
    return [
        row["reason"] or (row["metric"], row["resolution"], f"{row['interval_start']:%Y-%m-%dT%H}", row["value"])
        for row in rows
    ]


def test_entsoe_weeks_run_across_both_clock_changes(write):
    spring = series("2024-03-17T23:00Z", "2024-04-07T22:00Z", "P7D", {1: 10, 2: 11, 3: 12}, load("A60"))
    autumn = series("2024-10-20T22:00Z", "2024-11-03T23:00Z", "P7D", {1: 20}, load("A61"))
    rows = read_rows("entsoe-load", write(document("A33", "A65", spring, autumn)), collected_at=COLLECTED_AT)
    low, high = "load_forecast_year_ahead_minimum", "load_forecast_year_ahead_maximum"
    assert shown(rows) == [
        (low, "P7D", "2024-03-17T23", 10),
        (low, "P7D", "2024-03-24T23", 11),
        (low, "P7D", "2024-03-31T22", 12),
        (high, "P7D", "2024-10-20T22", 20),
        (high, "P7D", "2024-10-27T23", 20),  # curve A03
    ]


def test_entsoe_months_and_years_are_those_of_the_calendar(write):
    months = series("2023-12-31T23:00Z", "2024-04-30T22:00Z", "P1M", {1: 10, 2: 11, 4: 12}, load("A60"), "A01")
    rows = read_rows("entsoe-load", write(document("A32", "A65", months)), collected_at=COLLECTED_AT)
    assert [row[2] for row in shown(rows)] == ["2023-12-31T23", "2024-01-31T23", "2024-03-31T22"]
    year = series("2023-12-31T23:00Z", "2024-12-31T23:00Z", "P1Y", {1: 81_000}, CAPACITY, "A01")
    rows = read_rows("entsoe-generation", write(document("A33", "A68", year)), collected_at=COLLECTED_AT)
    assert shown(rows) == [("installed_capacity", "P1Y", "2023-12-31T23", 81_000)]


@pytest.mark.parametrize(
    ("start", "end", "resolution", "good"),
    [
        ("2024-01-01T00:00Z", "2024-03-01T00:00Z", "P1M", 0),  # an hour into the month
        ("2024-01-14T23:00Z", "2024-03-14T23:00Z", "P1M", 0),
        ("2023-12-31T23:00Z", "2024-02-15T23:00Z", "P1M", 1),  # the second month is not completely in the block
        ("2024-01-31T23:00Z", "2025-01-31T23:00Z", "P1Y", 0),
        ("2023-12-31T23:00Z", "2024-01-09T23:00Z", "P7D", 1),
    ],
)
def test_an_entsoe_block_that_is_not_made_of_such_intervals_is_rejected(write, start, end, resolution, good):
    part = series(start, end, resolution, {1: 1, 2: 2}, load("A60"), "A01")
    rows = read_rows("entsoe-load", write(document("A32", "A65", part)), collected_at=COLLECTED_AT)
    assert [row["reason"] for row in rows] == [*[None] * good, *["bad_time"] * (2 - good)]


EIA_MONTHS = """
name: eia-months
summary: EIA net generation by month and state, API v2, CSV.
source: eia
grid: US
node_column: location
resolution: P1M
time: {start: period, format: "%Y-%m", time_zone: America/New_York}
values: [{column: generation, metric: generation, unit: GWh, perInterval: true}]
"""
EIA_FILE = """period,location,stateDescription,fueltypeid,generation,generation-units
2024-03,TX,Texas,ALL,44000,thousand megawatthours
2024-11,TX,Texas,ALL,36050,thousand megawatthours
2024-13,TX,Texas,ALL,1,thousand megawatthours
"""
SMARD_MONTHS = """
name: smard-months
summary: SMARD realised generation by month, CSV.
source: smard
grid: DE
resolution: {by: start and end}
time: {start: Datum von, end: Datum bis, format: ["%d.%m.%Y %H:%M", "%d.%m.%Y"], time_zone: Europe/Berlin}
values: [{column: "Biomasse [MWh]", metric: generation, unit: MWh, perInterval: true, node: Biomass}]
dialect: {delimiter: ";", decimalChar: ",", groupChar: "."}
"""
SMARD_FILE = """Datum von;Datum bis;Biomasse [MWh]
01.03.2024 00:00;01.04.2024 00:00;3.217.190,00
01.10.2024 00:00;01.11.2024 00:00;3.278.000,00
01.11.2024 00:00;30.11.2024 00:00;1,00
"""


@pytest.mark.parametrize(
    ("description", "content", "expected"),
    [
        (
            EIA_MONTHS,
            EIA_FILE,
            [
                ("generation", "P1M", "2024-03-01T05", 44000 / 743),
                ("generation", "P1M", "2024-11-01T04", 36050 / 721),
                "bad_time",
            ],
        ),
        (
            SMARD_MONTHS,
            SMARD_FILE,
            [
                ("generation", "P1M", "2024-02-29T23", 4330),
                ("generation", "P1M", "2024-09-30T22", 4400),
                "bad_resolution",  # the last day as the end
            ],
        ),
    ],
)
def test_energies_of_months_are_mean_powers(tmp_path: Path, description: str, content: str, expected: list):
    (tmp_path / "mine.yml").write_text(description)
    (tmp_path / "file.csv").write_text(content)
    batches = format_named(str(tmp_path / "mine.yml")).read(
        tmp_path / "file.csv", ReadOptions(collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    )
    assert shown([row for batch in batches for row in batch.to_pylist()]) == expected
