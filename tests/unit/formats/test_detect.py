"""Recognise the format of a file: one that fits, or a question."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named, formats, recognise_format
from loaders.formats.detect import recognise
from tests.support.long_files import GOOD, HEADER
from tests.support.publisher_files import SMALL_FILES

CALLER = {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2024, 5, 1, tzinfo=UTC)}


def written(tmp_path: Path, text: str, name: str = "a.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SMALL_FILES)
def test_a_file_of_each_description_is_recognised_as_that_one(name, tmp_path):
    path = written(tmp_path, SMALL_FILES[name][0], "file")
    assert recognise_format(path, ReadOptions()).file_format.name == name


def test_canonical_columns_are_long_also_where_rows_are_bad_or_the_file_is_large(tmp_path):
    assert recognise_format(written(tmp_path, f"{HEADER}\n{GOOD}x\n"), ReadOptions()).file_format.name == "long"
    path = written(tmp_path, f"{HEADER}\n" + f"{GOOD}\n" * 3000)
    assert recognise_format(path, ReadOptions()).file_format.name == "long"


def test_a_table_is_wide_only_where_the_caller_says_so(tmp_path):
    path = written(tmp_path, "time,A,B\n2024-05-01T00:00Z,1,2\n")
    with pytest.raises(LoadError, match="pass --format wide"):
        recognise_format(path, ReadOptions(**CALLER))
    assert recognise_format(path, ReadOptions(**CALLER, time_column="time")).file_format.name == "wide"


def test_one_column_of_numbers_needs_a_node(tmp_path):
    path = written(tmp_path, "time,value,quality\n2024-05-01T00:00Z,1,metered\n")
    options = {**CALLER, "column_map": {"time": "interval_start"}}
    with pytest.raises(LoadError, match="the column node is missing"):
        recognise_format(path, ReadOptions(**options))
    (batch,) = format_named("long").read(path, ReadOptions(**options, node="N"))
    assert batch["node"].to_pylist() == ["N"]


def test_two_formats_that_fit_are_a_question(tmp_path):
    path = written(tmp_path, SMALL_FILES["nyiso-integrated-load"][0])
    nyiso = format_named("nyiso-integrated-load")
    with pytest.raises(LoadError, match=r"fits the formats .*Choose one with --format"):
        recognise(path, [*formats(), nyiso], ReadOptions())


def test_a_zone_abbreviation_with_two_meanings_is_refused():
    with pytest.raises(Exception, match="Use Etc/GMT-1 for the first, and Europe/Berlin for the second"):
        ReadOptions(time_zone="CET")


@pytest.mark.parametrize("name", ["wide", "gridstatus"])
def test_a_column_that_is_the_sum_of_the_others_is_requested_about(name, tmp_path):
    starts = [f"2024-05-01T0{hour}:00Z,2024-05-01T0{hour + 1}:00Z" for hour in range(3)]
    header = "Interval Start,Interval End" if name == "gridstatus" else "interval_start,interval_end"
    path = written(tmp_path, f"{header},Load,East,West\n" + "".join(f"{start},3000,1000,2000\n" for start in starts))
    caller = {"grid": "G", "metric": "load", "collected_at": CALLER["collected_at"]}
    options = caller if name == "gridstatus" else caller | {"region": "R"}
    with pytest.raises(LoadError, match="Load is the sum of the 2 other columns"):
        list(format_named(name).read(path, ReadOptions(**options)))
    (batch,) = format_named(name).read(path, ReadOptions(**options, ignore=("Load",)))
    assert batch["node"].to_pylist() == ["East"] * 3 + ["West"] * 3


def test_knowledge_times_may_have_a_zone_of_their_own(tmp_path):
    text = HEADER + "\nG,R,N,load,2024-07-01T12:00,2024-07-01T12:00,1\n"
    options = ReadOptions(time_zone="Europe/Berlin", collected_at_zone="UTC")
    (batch,) = format_named("long").read(written(tmp_path, text), options)
    assert batch["interval_start"][0].as_py() == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert batch["collected_at"][0].as_py() == datetime(2024, 7, 1, 12, tzinfo=UTC)


def test_a_file_without_a_header_is_reported_as_such(tmp_path):
    path = written(tmp_path, "20171105000000AD,1293,0\n20171105010000AD,1266,0\n")
    with pytest.raises(LoadError, match="seems to have no header"):
        recognise_format(path, ReadOptions(**CALLER))
