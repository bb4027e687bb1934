"""The length of intervals: from start and end, or from the spacing of the rows; never guessed."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from loaders.canonical.batch import Records
from loaders.canonical.times import parse_times
from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.formats.resolution import add_resolution

LONG = format_named("long")
START = datetime(2025, 10, 1, tzinfo=UTC)


def stamp(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def write(tmp_path: Path, columns: str, lines: list[str]) -> Path:
    path = tmp_path / "a.csv"
    rows = "".join(f"G,R,N,load,2025-10-02T00:00Z,1,{line}\n" for line in lines)
    path.write_text(f"grid,region,node,metric,collected_at,value,{columns}\n{rows}")
    return path


def rows_of(path: Path, **options: str) -> list[dict]:
    return [row for batch in LONG.read(path, ReadOptions(**options)) for row in batch.to_pylist()]


@pytest.mark.parametrize("length", [5, 15, 30])
def test_the_spacing_of_the_rows_shows_a_length_below_an_hour(tmp_path, caplog, length):
    path = write(tmp_path, "interval_start", [stamp(length * row) for row in range(12)])
    with caplog.at_level(logging.WARNING):
        assert {row["resolution"] for row in rows_of(path)} == {f"PT{length}M"}
    assert f"resolution PT{length}M (inferred from the spacing of the rows)" in caplog.text


def test_hours_stay_hours_and_days_are_not_inferred(tmp_path):
    assert {row["resolution"] for row in rows_of(write(tmp_path, "interval_start", [stamp(0), stamp(60)]))} == {None}
    assert {row["resolution"] for row in rows_of(write(tmp_path, "interval_start", [stamp(0), stamp(1440)]))} == {None}


def test_the_end_of_a_quarter_hour_starts_a_quarter_of_an_hour_before(tmp_path):
    rows = rows_of(write(tmp_path, "interval_end", [stamp(15 * row) for row in range(1, 5)]))
    assert rows[0]["interval_start"] == START


def test_start_and_end_state_the_length(tmp_path):
    rows = rows_of(write(tmp_path, "interval_start,interval_end", [f"{stamp(0)},{stamp(15)}"]))
    assert [(row["interval_start"], row["resolution"]) for row in rows] == [(START, "PT15M")]


def test_a_stated_length_that_contradicts_the_file_is_refused(tmp_path):
    path = write(tmp_path, "interval_start,interval_end", [f"{stamp(0)},{stamp(15)}"])
    with pytest.raises(LoadError, match="start and end are PT15M apart, but the resolution is set to PT1H"):
        rows_of(path, resolution="PT60M")
    path = write(tmp_path, "interval_start", [stamp(15 * row) for row in range(12)])
    with pytest.raises(LoadError, match="PT15M apart, but the resolution is set to PT1H"):
        rows_of(path, resolution="PT1H")


def test_two_lengths_in_one_file_are_refused_without_a_column(tmp_path):
    stamps = [stamp(minutes) for minutes in (0, 60, 120, 135, 150, 165, 180)]
    with pytest.raises(LoadError, match="PT15M apart in one part and PT1H in another"):
        rows_of(write(tmp_path, "interval_start", stamps))
    lines = [f"{text},PT1H" for text in stamps[:2]] + [f"{text},PT15M" for text in stamps[2:]]
    assert [row["resolution"] for row in rows_of(write(tmp_path, "interval_start,resolution", lines))] == [
        *["PT1H"] * 2,
        *["PT15M"] * 5,
    ]


@pytest.mark.parametrize(
    ("column", "unit"), [("mw", "MW"), ("price_eur_mwh", "EUR/MWh"), ("Load [MWh]", "MWh"), ("kW", "kW")]
)
def test_a_unit_in_the_name_of_the_value_column_is_requested(tmp_path, column, unit):
    path = tmp_path / "a.csv"
    path.write_text(
        f"grid,region,node,metric,collected_at,interval_start,{column}\n"
        "G,R,N,load,2025-10-02T00:00Z,2025-10-01T00:00Z,1\n"
    )
    with pytest.raises(LoadError, match=f"seems to be in {unit}. Pass the unit, such as --unit {unit}"):
        rows_of(path, column_map={column: "value"})
    assert rows_of(path, column_map={column: "value"}, unit=unit)[0]["unit"] == unit


def test_a_length_that_the_rows_do_not_show_is_reported_as_assumed(caplog):
    times = parse_times(pa.array([stamp(0)]), None).values
    records = Records({"interval_start": times}, pa.array([1]), [], ".")
    with caplog.at_level(logging.WARNING):
        list(add_resolution([records], Path("a.csv"), "UTC", None, "PT1H", by_spacing=True))
    assert "resolution PT1H (assumed" in caplog.text


def test_a_stated_length_below_the_spacing_of_many_rows_is_refused(tmp_path):
    path = write(tmp_path, "interval_start", [stamp(60 * row) for row in range(24)])
    with pytest.raises(LoadError, match="PT1H apart, but the resolution is set to PT15M"):
        rows_of(path, resolution="PT15M")
    few = write(tmp_path, "interval_start", [stamp(60 * row) for row in range(3)])
    assert {row["resolution"] for row in rows_of(few, resolution="PT15M")} == {"PT15M"}


def test_the_length_from_which_a_start_was_computed_is_part_of_the_row(tmp_path):
    [row] = rows_of(write(tmp_path, "interval_end", [stamp(60)]))
    assert (row["interval_start"], row["resolution"]) == (START, "PT1H")


def test_days_that_show_their_end_only_are_refused_until_their_length_is_stated(tmp_path):
    path = write(tmp_path, "interval_end", [stamp(1440 * day) for day in range(1, 4)])
    with pytest.raises(LoadError, match="a day or more apart"):
        rows_of(path)
    assert rows_of(path, resolution="P1D")[0]["interval_start"] == START
    assert rows_of(path, resolution="PT1H")[0]["interval_start"] == START + timedelta(hours=23)


SPACED = """
name: spaced
summary: Rows whose spacing shows their length.
source: plant
grid: G
region: R
node: N
time: {start: time}
resolution: {by: spacing}
values: [{column: MW, metric: load, unit: MW}]
"""


@pytest.mark.parametrize(("minutes", "stated", "shown"), [([0], "PT15M", "PT15M"), ([0, 15, 30], "PT15M", "PT15M")])
def test_a_length_may_be_stated_where_a_description_infers_it(tmp_path, minutes, stated, shown):
    (tmp_path / "spaced.yml").write_text(SPACED)
    path = tmp_path / "a.csv"
    path.write_text("time,MW\n" + "".join(f"{stamp(at)},1\n" for at in minutes))
    spaced = format_named(str(tmp_path / "spaced.yml"))
    options = ReadOptions(resolution=stated, collected_at=START)
    assert {row["resolution"] for batch in spaced.read(path, options) for row in batch.to_pylist()} == {shown}
    assert spaced.identity(path, options) != spaced.identity(path, ReadOptions(collected_at=START))
