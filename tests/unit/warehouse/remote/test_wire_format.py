"""The arguments of a read function arrive over HTTP as the same values, of the same types."""

import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from warehouse.errors import ReadError
from warehouse.remote.wire_format import decode_arguments, encode_arguments

REPEATED = pd.Timestamp("2026-10-25T01:30Z").tz_convert("Europe/Berlin")  # the second of two such hours


def sent(value: Any) -> Any:
    return decode_arguments(json.loads(json.dumps(encode_arguments({"value": value}), allow_nan=False)))["value"]


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -(2**40), 1.5, "", "2026-04-01", "now-7d", date(2026, 4, 1), [], ["a", 1], ("a", ("b", 2)), [[1]]],
)
def test_a_value_arrives_as_it_is(value: Any) -> None:
    assert sent(value) == value
    assert type(sent(value)) is type(value)


@pytest.mark.parametrize(
    "time",
    [pd.Timestamp("2026-04-01"), REPEATED, datetime(2026, 4, 1, tzinfo=UTC), pd.Timestamp("2026-04-01T00:00:00.1Z")],
)
def test_a_time_arrives_as_the_same_time_with_the_same_text(time: Any) -> None:
    assert sent(time) == time
    assert str(sent(time)) == str(time)


def test_values_of_numpy_and_other_lists_arrive_too() -> None:
    assert sent(np.int64(3)) == 3
    assert sent(np.datetime64("2026-04-01")) == np.datetime64("2026-04-01")
    assert sent(pd.Series([1, 2])) == [1, 2]
    assert sent({"b": 1}.keys()) == ["b"]
    assert pd.isna(sent(pd.NaT))


@pytest.mark.parametrize("value", [object(), float("nan"), b"bytes", {"time": 1}, [[[[[[1]]]]]]])
def test_what_cannot_be_sent_is_refused(value: Any) -> None:
    with pytest.raises(ReadError, match="cannot be sent"):
        encode_arguments({"value": value})


@pytest.mark.parametrize(
    "value",
    [{}, {"time": 5}, {"time": "nonsense"}, {"day": "2026-13-01"}, {"tuple": 5}, {"code": "x"}, {"a": 1, "b": 2}],
)
def test_an_object_that_is_not_one_of_these_is_refused(value: Any) -> None:
    with pytest.raises(ReadError, match="is not valid"):
        decode_arguments({"value": value})
