"""Columns that are not read: what they say of the quality and the knowledge time of rows is a question."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.notices import collect_notices

KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
LONG = {"grid": "G", "region": "R", "node": "N", "metric": "load", "collected_at": KNOWN}
COLUMNS = {"time": "interval_start", "v": "value"}
WIDE = {"grid": "G", "region": "R", "metric": "load", "collected_at": KNOWN, "time_column": "time"}


@pytest.fixture
def read(write):
    def _read(name, texts, form="csv", **options):
        rows = [(f"2024-05-01T{hour:02}:00Z", text, hour) for hour, text in enumerate(texts)]
        lines = [f"time,{name},v", *(f'{time},"{text}",{value}' for time, text, value in rows)]
        if form == "ndjson":
            lines = [json.dumps({"time": time, name: text, "v": value}) for time, text, value in rows]
        path = write("\n".join(lines) + "\n", f"file.{form}")
        with collect_notices() as notices:
            batches = list(format_named("long").read(path, ReadOptions(**{**LONG, "column_map": COLUMNS, **options})))
        return [row["value"] for batch in batches for row in batch.to_pylist()], list(notices)

    return _read


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize(
    ("name", "texts", "bad"),
    [
        ("quality", ["good", "bad"], "bad"),
        ("Data quality flag", ["ok", "Suspect"], "Suspect"),
        ("Qualität", ["gültig", "ungültig"], "ungültig"),
        ("status", ["not available", "final"], "not available"),
        ("x", ["", "test"], "test"),
        ("is_valid", ["true", "false"], "false"),
        ("test_flag", ["N", "Y"], "Y"),
        ("deleted", ["1", "0"], "1"),
    ],
)
def test_rows_that_are_not_to_be_used_are_refused_or_left_out(read, form, name, texts, bad):
    where = f"{name}={bad}"
    with pytest.raises(LoadError, match=f"column {name} says {bad} in row .* not to be used.*--where-not '{where}'"):
        read(name, texts, form)
    values, notices = read(name, texts, form, where_not=(where,))
    assert (values, notices[0]) == ([float(1 - texts.index(bad))], f"1 rows with {name} {bad} were left out")
    assert read(name, texts, form, ignore=(name,))[0] == [0, 1]


def test_codes_of_a_quality_are_a_question(read):
    with pytest.raises(LoadError, match="says A in row 1 and E in row 2, and what A means for the value is not known"):
        read("quality", ["A", "E"])
    assert read("quality", ["A", "A"])[0] == [0, 1]
    assert read("quality", ["A", "E"], where_not="quality=E")[0] == [0]


@pytest.mark.parametrize(
    ("name", "texts"),
    [("status", ["final", "provisional"]), ("Status", ["vorläufig", "vorläufig"]), ("estimated", ["false", "true"])],
)
def test_values_that_will_be_replaced_are_read_with_a_notice(read, name, texts):
    values, notices = read(name, texts)
    assert values == [0, 1]
    assert any(f"the column {name} says {texts[1]}" in notice for notice in notices)


@pytest.mark.parametrize(
    ("name", "texts"),
    [("comment", ["", "repaired missing data"]), ("state", ["NSW", "VIC"]), ("quality", ["good", "OK"]), ("n", [0, 1])],
)
def test_other_texts_say_nothing_about_the_value(read, name, texts):
    values, notices = read(name, texts)
    assert (values, notices) == ([0, 1], [f"ignored the columns {name}"])


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize(
    "name",
    [
        "last_update",
        "updatedAt",
        "Published",
        "publish_time_utc",
        "Issue time",
        "created on",
        "stan_na",
        "run_time",
        "Forecast_Datetime",
    ],
)
def test_a_knowledge_time_that_is_not_read_is_a_question(read, form, name):
    texts = ["2024-05-02T08:00Z", "2024-05-03T08:00Z"]
    with pytest.raises(LoadError, match=f"column {name} seems to say when each value was known.*{name}=collected_at"):
        read(name, texts, form)
    assert read(name, texts, form, ignore=(name,))[0] == [0, 1]
    assert read(name, texts, form, collected_at=None, column_map={**COLUMNS, name: "collected_at"})[0] == [0, 1]


@pytest.mark.parametrize(
    ("name", "texts"), [("updated", ["yes", "no"]), ("revision", ["1", "2"]), ("updated_by", ["2024-05-01", ""])]
)
def test_other_columns_are_no_knowledge_times(read, name, texts):
    assert read(name, texts)[0] == [0, 1]


def test_a_knowledge_time_of_a_table_is_a_question_too():
    table = pa.table({"interval_start": ["2024-05-01T00:00Z"], "value": [1.0], "published_at": [KNOWN]})
    with pytest.raises(LoadError, match="published_at seems to say when each value was known"):
        list(format_named("long").read_frame(table, "frame", ReadOptions(**LONG)))


def test_a_wide_file_leaves_rows_out_too(write):
    path = write("time,A,B,quality\n2024-05-01T00:00Z,1,2,good\n2024-05-01T01:00Z,3,4,bad\n")
    with pytest.raises(LoadError, match=r"column quality does not seem to be a node.*--where-not 'quality=TEXT'"):
        list(format_named("wide").read(path, ReadOptions(**WIDE)))
    (batch,) = format_named("wide").read(path, ReadOptions(**WIDE, where_not="quality=bad"))
    assert batch["value"].to_pylist() == [1, 2]
    path = write("time,A,last_update\n2024-05-01T00:00Z,1,2024-05-02T00:00Z\n")
    with pytest.raises(LoadError, match="pass --collected-at-column 'last_update'"):
        list(format_named("wide").read(path, ReadOptions(**WIDE)))


def test_rows_to_leave_out_are_named_by_a_column_of_the_file(read):
    with pytest.raises(LoadError, match="has no column qualty, by which rows are to be left out"):
        read("quality", ["good", "bad"], where_not="qualty=bad")
    with pytest.raises(UsageError, match=r"'bad' is not valid for where_not.* Write it as COLUMN=TEXT"):
        ReadOptions(where_not="bad")
    assert read("comment", ["", "x"], where_not=["comment="])[0] == [1]
