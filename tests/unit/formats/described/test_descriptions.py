"""The shipped descriptions: each reads a tiny file with a spring day, an autumn day and a blank."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.formats.described.description import shipped_descriptions
from tests.support.publisher_files import SMALL_FILES, SMARD_HEADER

COLLECTED_AT = datetime(2025, 1, 1, tzinfo=UTC)
NAMES = [description.name for description in shipped_descriptions()]


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
    texts = [file.read_text(encoding="utf-8") for file in (Path(__file__).parents[1] / "publishers").glob("test_*.py")]
    assert [name for name in NAMES if name not in SMALL_FILES and not any(f'"{name}"' in text for text in texts)] == []


@pytest.mark.parametrize("name", SMALL_FILES)
def test_a_file_of_both_clock_changes_is_read_right(name, tmp_path):
    content, options, expected = SMALL_FILES[name]
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    rows = rows_of(name, path, **options)
    assert found(rows) == expected
    assert {row["resolution"] for row in rows} == {format_named(name).default_resolution}
    assert {row["unit"] for row in rows} <= {"MW", "USD/MWh", "EUR/MWh"}
    assert {row["collected_at"] for row in rows} == {COLLECTED_AT}


@pytest.mark.parametrize("name", SMALL_FILES)
def test_without_a_knowledge_time_or_for_another_file_it_is_refused(name, tmp_path):
    path = tmp_path / "file"
    path.write_text(SMALL_FILES[name][0], encoding="utf-8")
    with pytest.raises(LoadError, match="Pass --collected-at"):
        list(format_named(name).read(path, ReadOptions(**SMALL_FILES[name][1])))
    path.write_text('[{"a": 1}]' if "{" in SMALL_FILES[name][0] else '"C","a"\n"H","a"\n"D","1"\n')
    with pytest.raises(LoadError, match=r"is not a file of|no list of records|has no rows|header cannot be read"):
        rows_of(name, path, **SMALL_FILES[name][1])


def test_all_members_of_a_zip_are_read_or_those_that_match(tmp_path):
    name = "caiso-oasis-load-forecast"
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", SMALL_FILES[name][0])
    assert found(rows_of(name, path)) == SMALL_FILES[name][2]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", SMALL_FILES[name][0].replace("2024-1", "2023-1"))
        archive.writestr("readme.txt", "no data")
    rows = rows_of(name, path)
    assert len(found(rows)) == 2 * len(SMALL_FILES[name][2])
    assert len({row["row_number"] for row in rows}) == len(rows)


def test_a_lost_second_hour_stays_ambiguous(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(SMARD_HEADER + "27.10.2024 02:00;27.10.2024 03:00;1\n27.10.2024 03:00;27.10.2024 04:00;2\n")
    rows = rows_of("smard-consumption-hourly", path)
    assert sorted((row["reason"] or "", row["value"]) for row in rows) == [("", 2), ("ambiguous_time", 1)]


def test_rows_of_a_total_that_the_caller_names_are_left_out(tmp_path):
    content, _, expected = SMALL_FILES["nyiso-integrated-load"]
    path = tmp_path / "a.csv"
    header, *lines = content.splitlines(keepends=True)
    path.write_text("".join([header, *lines, *(line.replace(expected[0][0], "NYISO") for line in lines)]))
    assert found(rows_of("nyiso-integrated-load", path, totals="NYISO")) == expected
