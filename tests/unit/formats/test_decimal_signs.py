"""Decimal and thousands signs: read where a value decides, refused where none does."""

from pathlib import Path

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.formats.decimal_signs import DecimalSigns, detect_signs

LONG = format_named("long")


def detect(*texts: str, delimiter: str = ";") -> DecimalSigns | None:
    return detect_signs([pa.array(texts, pa.string())], delimiter, Path("a.csv"))


@pytest.mark.parametrize(
    ("texts", "signs"),
    [
        (("1.003,75", "987,5"), DecimalSigns(",", ".")),
        (("1,003.75",), DecimalSigns(".", ",")),
        (("45.310", "0.5"), DecimalSigns(".", None)),
        (("45.310", "1234.567"), DecimalSigns(".", None)),
        (("45.310", "0.123"), DecimalSigns(".", None)),
        (("1.234.567", "45.310"), DecimalSigns(",", ".")),
        (("12,5", "45"), DecimalSigns(",", None)),
        (("1.5e3",), DecimalSigns(".", None)),
        (("45", "-", "n/e"), None),
    ],
)
def test_one_decisive_value_decides_for_the_file(texts, signs):
    assert detect(*texts) == signs


@pytest.mark.parametrize("texts", [("45.310", "987"), ("92,310", "91,120"), ("-1.003",)])
def test_a_file_that_can_be_read_in_two_ways_is_refused(texts):
    with pytest.raises(LoadError, match=r"no other value decides\. Pass the decimal sign"):
        detect(*texts)


def test_a_point_is_decimal_where_commas_separate():
    assert detect("45.310", delimiter=",") == DecimalSigns()


def rows_of(path: Path, **options: str) -> list[dict]:
    return [row for batch in LONG.read(path, ReadOptions(**options)) for row in batch.to_pylist()]


@pytest.mark.parametrize(("decimal_char", "value"), [(".", 45.31), (",", 45310)])
def test_the_caller_states_the_sign(tmp_path, decimal_char, value):
    path = tmp_path / "a.csv"
    path.write_text(
        "grid;region;node;metric;interval_start;collected_at;value\nG;R;N;load;2024-01-01T00:00Z;2024-01-02T00:00Z;45.310\n"
    )
    with pytest.raises(LoadError, match=r"45\.310 can be read as 45310 or as 45\.310"):
        rows_of(path)
    assert rows_of(path, decimal_char=decimal_char)[0]["value"] == value
    with pytest.raises(UsageError, match="Unknown decimal sign"):
        ReadOptions(decimal_char=":")
