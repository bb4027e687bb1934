"""Numbers that stand for a missing value are refused until an option says what they are; true limits are read."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named

HEADER = "interval_start,node,value"
SHARED = {"grid": "G", "region": "R", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}
REFUSED = {
    "-999 in a load": ("load", [40, -999, 41]),
    "-8888": ("load", [40, -8888, 41]),
    "-999.999": ("load", [40, -999.999, 41]),
    "-9999": ("load", [40, -9999, 41]),
    "-999.0 among prices": ("price", [40, "-999.0", -30]),
    "-99": ("load", [40, -99, 41]),
    "-99 among prices that are not negative": ("price", [40, -99, 41]),
    "99999 in a large system": ("load", [45000, 99999, 75000]),
    "99999 among prices": ("price", [45, 99999, 75]),
    "9999.99": ("load", [40, 9999.99, 41]),
    "9999 in a small system": ("load", [2000, 9999, 4000]),
    "nothing but -999": ("load", [-999]),
    "999 again and again above all others": ("load", [300, 999, 310, 999, 305, 999]),
    "999 again and again among prices": ("price", [50, 999, 60, 999, 40, 999]),
    "9999 again and again in a large system": ("load", [7000, 9999, 8500, 9999, 9000, 9999]),
    "an integer of 32 bits": ("load", [40, 2147483647]),
}
READ = {
    "the upper limit of day-ahead prices": ("price", [50, 9999, 4000]),
    "the lower limit of day-ahead prices": ("price", [50, -500, 40]),
    "the limit of Alberta": ("price", [50, 999.99, 40]),
    "the limit of Australia next to it": ("price", [50, -1000, -999]),
    "a negative price": ("price", [50, -50, 40]),
    "-99 among negative prices": ("price", [50, -99, -30]),
    "a flow in both directions": ("flow", [-3000, -999, 2000]),
    "a flow of about that": ("flow", [-900, -999, -850]),
    "a load of about that": ("load", [9500, 9999, 9200]),
    "a load on both sides": ("load", [60000, 99999, 165000]),
    "999 now and then": ("load", [300, 999, 310, 305]),
    "999 where others are": ("load", [900, 999, 950, 999, 980, 999]),
    "999 among larger numbers": ("load", [300, 999, 2000, 999, 999]),
    "the upper limit of prices for hours": ("price", [50, 9999, 60, 9999, 9999, 9999]),
    "nothing but 9999": ("load", [9999, 9999]),
}


def file_of(tmp_path, values, node="N"):
    path = tmp_path / "file.csv"
    rows = [f"2024-01-01T{hour:02}:00Z,{node},{value}" for hour, value in enumerate(values)]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def values_of(path, **options):
    read = format_named("long").read(path, ReadOptions(**{**SHARED, **options}))
    return [row["value"] if row["reason"] is None else row["reason"] for table in read for row in table.to_pylist()]


@pytest.mark.parametrize("case", REFUSED)
def test_a_number_that_stands_for_a_missing_value_is_refused(tmp_path, case):
    metric, values = REFUSED[case]
    path = file_of(tmp_path, values)
    words = r"the value \S+( \(\d rows have it\))? seems to stand for a missing one.*--missing"
    with pytest.raises(LoadError, match=rf"^{path}: row \d: {words}"):
        values_of(path, metric=metric)


@pytest.mark.parametrize("case", READ)
def test_a_value_that_may_be_true_is_read(tmp_path, case):
    metric, values = READ[case]
    assert values_of(file_of(tmp_path, values), metric=metric) == values


def test_an_option_says_what_the_number_is(tmp_path):
    path = file_of(tmp_path, [40, "-999.0", 41])
    assert values_of(path, missing=("-999",)) == [40, "blank", 41]
    assert values_of(path, valid=("-999",)) == [40, -999, 41]
    for stated in (-999, [-999.0], "-999"):
        assert values_of(path, missing=stated) == [40, "blank", 41]
    with pytest.raises(UsageError, match="'x' in valid is not a number"):
        ReadOptions(valid=("x",))


def test_a_series_of_one_row_is_compared_with_the_others_of_its_metric(tmp_path):
    path = tmp_path / "file.csv"
    rows = [f"2024-01-01T00:00Z,N{place},{value}" for place, value in enumerate([-2500, -999, 1800])]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    assert values_of(path, metric="flow") == [-2500, -999, 1800]
    path.write_text("\n".join([HEADER, *(row.replace("-2500", "250") for row in rows)]) + "\n")
    with pytest.raises(LoadError, match="where others are from 250 to 1800"):
        values_of(path)


def test_a_description_says_what_the_number_is(tmp_path):
    text = (
        "name: mine\nsummary: x\nsource: x\ngrid: G\nresolution: PT1H\ntime: {start: interval_start}\n"
        "values: [{column: value, metric: load, unit: MW}]\n"
    )
    path, description = file_of(tmp_path, [40, "-999.00", 41]), tmp_path / "mine.yml"
    read = {"collected_at": SHARED["collected_at"]}

    def found(dialect):
        description.write_text(text + dialect)
        tables = format_named(str(description)).read(path, ReadOptions(**read))
        return [row["value"] for table in tables for row in table.to_pylist()]

    with pytest.raises(LoadError, match="seems to stand for a missing one"):
        found("")
    assert found("dialect: {missingValues: ['', '-999']}\n") == [40, None, 41]
    assert found("dialect: {validNumbers: [-999]}\n") == [40, -999, 41]


def test_numbers_of_32_bits_are_recognised(tmp_path):
    path = tmp_path / "file.parquet"
    times = [f"2024-01-01T0{hour}:00Z" for hour in range(3)]
    columns = {"interval_start": times, "node": ["N"] * 3, "value": pa.array([40, -999.9, 41], pa.float32())}
    pq.write_table(pa.table(columns), path)
    with pytest.raises(LoadError, match=r"row 2: the value -999\.9 seems to stand for a missing one"):
        values_of(path)
    assert values_of(path, missing=("-999.9",)) == [40, "blank", 41]
