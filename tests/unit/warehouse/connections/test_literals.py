"""Values are written into the text of a query so that the server reads what it would have got as parameters."""

from datetime import UTC, datetime

import pyarrow as pa
from warehouse.connections.literals import can_be_literals, with_literals


def test_each_parameter_is_replaced_wherever_it_stands() -> None:
    assert with_literals("select $2, $1 -$2, $12", (1, -2, *range(3, 13))) == "select  -2, 1 - -2, 12"


def test_text_that_looks_like_a_parameter_stays() -> None:
    query = """select '$1', 'it''s $1', "$1" -- $1\n, /* $1\n$1 */ $1"""
    assert with_literals(query, (7,)) == """select '$1', 'it''s $1', "$1" -- $1\n, /* $1\n$1 */ 7"""


def test_texts_stay_parameters() -> None:
    names, ids = pa.scalar(["Coast"], pa.list_(pa.string())), pa.scalar([1], pa.list_(pa.int32()))
    assert can_be_literals((ids, 5, 0.5, True, None, datetime(2026, 1, 1, tzinfo=UTC)))
    assert [can_be_literals(values) for values in ((ids, "Coast"), (ids, names), (b"x",))] == [False] * 3


def test_lists_and_times_have_their_types() -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    times = pa.scalar([at], pa.list_(pa.timestamp("us", "UTC")))
    values = (pa.scalar([1, 2], pa.list_(pa.int32())), pa.scalar([], pa.list_(pa.int64())), times, at, None)
    text = with_literals("select $1, $2, $3, $4, $5", values)
    assert "'{1,2}'::int2[]::integer[], '{}'::bigint[]" in text.replace("::int4[]", "::int2[]")
    assert text.count("timestamptz") == 3
    assert text.endswith(", NULL")
