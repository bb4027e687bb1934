"""Files of weeks, months and years: the length from both edges, from the caller, from a column and from the texts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.formats.described.description import Description

BERLIN = "Europe/Berlin"
HEADER = "grid,region,node,metric,collected_at,value"
NAMES = "G,R,N,load,2025-01-01T00:00Z"


def long_rows(tmp_path: Path, columns: str, times: list[str], **options: object) -> list[dict]:
    """Read a long file with these columns of times, a value of 1, 2 and so on in each row."""
    path = tmp_path / "long.csv"
    lines = [f"{NAMES},{number},{text}" for number, text in enumerate(times, 1)]
    path.write_text("\n".join([f"{HEADER},{columns}", *lines]) + "\n")
    options = {"time_zone": BERLIN, **options}
    return [row for batch in format_named("long").read(path, ReadOptions(**options)) for row in batch.to_pylist()]


def shown(rows: list[dict]) -> list[tuple]:
    """Resolution and start in UTC, or the reason."""
    return [
        (row["resolution"], f"{row['interval_start']:%Y-%m-%dT%H}") if row["reason"] is None else row["reason"]
        for row in rows
    ]


def test_start_and_end_state_weeks_months_and_years(tmp_path):
    edges = "interval_start,interval_end"
    times = ["2024-03-01,2024-04-01", "2024-03-25,2024-04-01", "2024-01-01,2025-01-01", "2024-03-31,2024-04-01"]
    assert shown(long_rows(tmp_path, edges, times)) == [
        ("P1M", "2024-02-29T23"),
        ("P7D", "2024-03-24T23"),
        ("P1Y", "2023-12-31T23"),
        ("P1D", "2024-03-30T23"),
    ]
    with_offsets = ["2024-03-01T00:00+01:00,2024-04-01T00:00+02:00", "2024-02-01T00:00+01:00,2024-02-29T00:00+01:00"]
    assert shown(long_rows(tmp_path, edges, with_offsets, time_zone=None)) == [
        ("P1M", "2024-02-29T23"),
        "bad_resolution",
    ]
    with pytest.raises(LoadError, match="start and end are P7D apart, but the resolution is set to P1M"):
        long_rows(tmp_path, edges, times[:2], resolution="P1M")


@pytest.mark.parametrize(
    ("resolution", "ends", "starts"),
    [
        ("P1M", ["2024-04-01", "2024-05-01", "2024-01-31"], ["2024-02-29T23", "2024-03-31T22", None]),
        ("P1Y", ["2024-01-01", "2025-01-01", "2026-01-02"], ["2022-12-31T23", "2023-12-31T23", None]),
        ("P1W", ["2024-04-03", "2024-04-10", "2024-04-17T12:00"], ["2024-03-26T23", "2024-04-02T22", None]),
    ],
)
def test_an_end_gives_its_start_on_the_calendar(tmp_path, resolution, ends, starts):
    rows = long_rows(tmp_path, "interval_end", ends, resolution=resolution)
    assert [start and f"{start:%Y-%m-%dT%H}" for start in (row["interval_start"] for row in rows)] == starts
    assert [row["reason"] for row in rows] == [None, None, "not_aligned"]
    with pytest.raises(LoadError, match="Name the zone"):
        long_rows(
            tmp_path, "interval_end", [f"{end[:10]}T00:00+01:00" for end in ends], resolution=resolution, time_zone=None
        )
    with pytest.raises(LoadError, match="a day or more apart"):
        long_rows(tmp_path, "interval_end", ends)


def test_rows_closer_than_the_stated_length_are_refused(tmp_path):
    for resolution, times in (("P1M", ["2024-03-01", "2024-03-08"]), ("P1Y", ["2024-03-01", "2024-04-01"])):
        with pytest.raises(LoadError, match=f"apart, but the resolution is set to {resolution}"):
            long_rows(tmp_path, "interval_start", times, resolution=resolution)
    for resolution, times in (
        ("P7D", ["2024-03-01", "2024-04-01", "2024-05-01"]),
        ("P1M", ["2022-01-01", "2023-01-01", "2024-01-01"]),
    ):
        with pytest.raises(LoadError, match=f"(31|365) days apart, but the resolution is set to {resolution}"):
            long_rows(tmp_path, "interval_start", times, resolution=resolution)
    weeks = long_rows(tmp_path, "interval_start", ["2024-03-25", "2024-04-01", "2024-04-15"], resolution="P1W")
    assert shown(weeks)[2] == ("P7D", "2024-04-14T22")
    february = long_rows(tmp_path, "interval_start", ["2023-02-01", "2023-03-01", "2023-04-01"], resolution="P1M")
    assert {row["resolution"] for row in february} == {"P1M"}


@pytest.mark.parametrize(
    ("texts", "resolution", "starts"),
    [
        (["2024-01", "2024-07", ""], "P1M", ["2023-12-31T23", "2024-06-30T22", None]),
        (["2023", "2024", ""], "P1Y", ["2022-12-31T23", "2023-12-31T23", None]),
    ],
)
def test_a_month_or_a_year_as_text_begins_on_its_first_day(tmp_path, texts, resolution, starts):
    for stated in (None, resolution):
        rows = long_rows(tmp_path, "interval_start", texts, resolution=stated)
        assert [start and f"{start:%Y-%m-%dT%H}" for start in (row["interval_start"] for row in rows)] == starts
        assert {row["resolution"] for row in rows} == {resolution}
    with pytest.raises(LoadError, match=f"are for {resolution}, but the resolution is PT1H"):
        long_rows(tmp_path, "interval_start", texts, resolution="PT1H")
    with pytest.raises(LoadError, match=f"are for {resolution}, but the resolution is P7D"):
        long_rows(tmp_path, "interval_start,resolution", [f"{text},P7D" for text in texts])
    rows = long_rows(tmp_path, "interval_start", [*texts, "2024-01-01"], resolution=resolution)
    assert [row["reason"] for row in rows[:2]] == ["bad_time", "bad_time"]


MONTHLY = """
name: monthly
summary: Energy of months.
source: agency
grid: G
node_column: plant
resolution: RESOLUTION
time: TIME
values: [{column: MWh, metric: power, unit: MWh, perInterval: true}]
"""


def described_rows(tmp_path: Path, resolution: str, time: str, lines: list[str]) -> list[dict]:
    text = MONTHLY.replace("RESOLUTION", resolution).replace("TIME", time)
    (tmp_path / "monthly.yml").write_text(text)
    path = tmp_path / "monthly.csv"
    path.write_text("\n".join(lines) + "\n")
    read = ReadOptions(collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    return [row for batch in format_named(str(tmp_path / "monthly.yml")).read(path, read) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("resolution", "time", "lines"),
    [
        (
            "P1M",
            '{start: Month, format: "%Y-%m", time_zone: Europe/Berlin}',
            ["Month", "2024-03", "2024-10", "2024-02"],
        ),
        (
            "P1M",
            '{end: Until, format: "%d.%m.%Y", time_zone: Europe/Berlin}',
            ["Until", "01.04.2024", "01.11.2024", "01.03.2024"],
        ),
        (
            "P1M",
            "{end: Until, time_zone: Europe/Berlin, endNames: instant}",
            ["Until", "2024-04-01", "2024-11-01", "2024-03-01"],
        ),
        (
            "{by: start and end}",
            "{start: From, end: Until, time_zone: Europe/Berlin}",
            ["From,Until", "2024-03-01,2024-04-01", "2024-10-01,2024-11-01", "2024-02-01,2024-03-01"],
        ),
        (
            "{column: Kind, texts: {month: P1M}}",
            "{start: From, time_zone: Europe/Berlin}",
            ["From,Kind", "2024-03-01,month", "2024-10-01,month", "2024-02-01,month"],
        ),
    ],
)
def test_energy_of_a_month_becomes_power_by_the_hours_that_it_has(tmp_path, resolution, time, lines):
    header, *times = lines
    rows = described_rows(tmp_path, resolution, time, [f"plant,MWh,{header}", *(f"A,1000,{line}" for line in times)])
    assert [(row["resolution"], row["value"]) for row in rows] == [
        ("P1M", 1000 / 743),
        ("P1M", 1000 / 745),
        ("P1M", 1000 / 696),
    ]


def test_energy_of_months_that_are_not_those_of_the_zone_is_refused(tmp_path):
    lines = ["plant,MWh,Month", "A,1000,2024-03"]
    with pytest.raises(LoadError, match=r"Set time\.time_zone to an IANA name"):
        described_rows(tmp_path, "P1M", '{start: Month, format: "%Y-%m", time_zone: "+01:00"}', lines)
    lines = ["plant,MWh,Month", "A,1000,2024-02-29T23:00Z"]
    with pytest.raises(LoadError, match="row 1: no P1M begins at 2024-02-29T23:00Z on the calendar of UTC"):
        described_rows(tmp_path, "P1M", "{start: Month, time_zone: UTC}", lines)


def test_energy_of_rows_that_may_be_months_by_their_spacing_is_refused(tmp_path):
    lines = ["plant,MWh,Month", *(f"A,1000,2024-0{month}-01" for month in range(1, 5))]
    with pytest.raises(LoadError, match="a day or more apart"):
        described_rows(tmp_path, "{by: spacing}", "{start: Month, time_zone: Europe/Berlin}", lines)


def test_the_longest_spacing_is_that_of_fixed_lengths():
    with pytest.raises(ValueError, match=r"longest"):
        Description.model_validate(
            {
                "name": "a",
                "summary": "s",
                "source": "s",
                "grid": "G",
                "resolution": {"by": "spacing", "longest": "P1M"},
                "time": {"start": "t"},
                "values": [{"column": "v", "metric": "m", "unit": "MW"}],
            }
        )
