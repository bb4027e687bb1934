"""ENTSO-E documents: curves that leave out repeated values, several resolutions, both clock changes."""

import pytest

from loaders.errors import LoadError
from tests.support.described_files import COLLECTED_AT, read_rows, stored
from tests.support.entsoe_documents import DE, document, load, price, series


def test_both_clock_changes(write):
    spring = series("2024-03-30T23:00Z", "2024-03-31T22:00Z", "PT60M", {2: 1, 3: 2, 23: 3}, load(), "A01")
    autumn = series("2024-10-26T22:00Z", "2024-10-27T23:00Z", "PT60M", {3: 4, 4: 5, 25: 6}, load(), "A01")
    rows = read_rows("entsoe-load", write(document("A16", "A65", spring, autumn)), collected_at=COLLECTED_AT)
    assert stored(rows) == [
        ("DE_LU", "load", "2024-03-31T00:00", 1),
        ("DE_LU", "load", "2024-03-31T01:00", 2),
        ("DE_LU", "load", "2024-03-31T21:00", 3),
        ("DE_LU", "load", "2024-10-27T00:00", 4),
        ("DE_LU", "load", "2024-10-27T01:00", 5),
        ("DE_LU", "load", "2024-10-27T22:00", 6),
    ]
    assert {row["unit"] for row in rows} == {"MW"}


def test_a_missing_position_of_curve_a03_repeats_the_value_before_it(write):
    part = series("2024-10-26T22:00Z", "2024-10-26T23:30Z", "PT15M", {1: 10, 4: 11}, load())
    rows = read_rows("entsoe-load", write(document("A01", "A65", part)), collected_at=COLLECTED_AT)
    assert [(start[11:], value) for _, _, start, value in stored(rows)] == [
        *(("22:00", 10), ("22:15", 10), ("22:30", 10), ("22:45", 11), ("23:00", 11), ("23:15", 11))
    ]
    assert {row["metric"] for row in rows} == {"load_forecast"}
    # The other curves say what they say: a position that is missing is no statement.
    part = series("2024-10-26T22:00Z", "2024-10-26T23:30Z", "PT15M", {1: 10, 4: 11}, load(), "A01")
    assert len(read_rows("entsoe-load", write(document("A01", "A65", part)), collected_at=COLLECTED_AT)) == 2


def test_two_resolutions_of_the_same_hours_stay_two(write):
    hours = series("2025-09-30T22:00Z", "2025-10-01T00:00Z", "PT60M", {1: 100, 2: 101}, price())
    quarters = series("2025-09-30T22:00Z", "2025-10-01T00:00Z", "PT15M", {1: 90, 2: 91, 5: -92}, price())
    content = document("A01", "A44", hours, quarters, value="price.amount")
    rows = read_rows("entsoe-prices", write(content), collected_at=COLLECTED_AT)
    assert [row["value"] for row in rows if row["resolution"] == "PT1H"] == [100, 101]
    assert [row["value"] for row in rows if row["resolution"] == "PT15M"] == [90, 91, 91, 91, -92, -92, -92, -92]
    assert {row["unit"] for row in rows} == {"EUR/MWh"}


def test_days_of_the_week_ahead_start_at_local_midnight(write):
    points = {1: 10, 2: 11, 3: 12}
    low = series("2024-10-25T22:00Z", "2024-10-28T23:00Z", "P1D", points, load("A60"))
    rows = read_rows("entsoe-load", write(document("A31", "A65", low)), collected_at=COLLECTED_AT)
    assert [(metric, start) for _, metric, start, _ in stored(rows)] == [
        ("load_forecast_week_ahead_minimum", "2024-10-25T22:00"),
        ("load_forecast_week_ahead_minimum", "2024-10-26T22:00"),
        ("load_forecast_week_ahead_minimum", "2024-10-27T23:00"),
    ]


def test_generation_of_a_type_is_not_the_consumption_of_it(write):
    def inside(direction: str) -> str:
        return (
            f"<{direction}BiddingZone_Domain.mRID>{DE}</{direction}BiddingZone_Domain.mRID>"
            "<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><MktPSRType><psrType>B10</psrType></MktPSRType>"
        )

    parts = [series("2024-10-27T00:00Z", "2024-10-27T01:00Z", "PT60M", {1: value}, inside(direction))
             for direction, value in (("in", 5), ("out", 7))]  # fmt: skip
    rows = read_rows("entsoe-generation", write(document("A16", "A75", *parts)), collected_at=COLLECTED_AT)
    assert stored(rows) == [("Pumped storage", "generation", "2024-10-27T00:00", 5)]
    assert rows[0]["region"] == "DE_LU generation"


def test_an_acknowledgement_or_damaged_xml_is_refused(write):
    for content, message in (
        ("<Acknowledgement_MarketDocument><Reason/></Acknowledgement_MarketDocument>", "has no rows"),
        ("<GL_MarketDocument>", "is not XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
    ):
        with pytest.raises(LoadError, match=message):
            read_rows("entsoe-load", write(content), collected_at=COLLECTED_AT)
