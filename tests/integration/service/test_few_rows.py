"""Short answers are read by another connection, which reads the same and leaves no transaction open."""

import time
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from warehouse import ReadError, session
from warehouse.connection import NotFewRows, one_transaction

from tests.support.warehouses import Warehouse

EVERY_TYPE = """
select
    number as int4,
    case when number % 3 = 1 then null else number::bigint * 3000000000 end as int8,
    (number % 7)::smallint as int2,
    case when number % 3 = 2 then null else number / 7.0::float8 end as float8,
    case number % 5 when 0 then null when 1 then '' else 'é"' || number end as text,
    case when number % 3 = 0 then null else number % 2 = 0 end as boolean,
    timestamptz '1999-12-31 23:59:59.999998Z' + number * interval '1 microsecond' as time,
    case when number % 2 = 0 then timestamptz '1900-01-01Z' + number * interval '1 day' end as time_or_null,
    $1::timestamptz as sent
from generate_series(1, $2::integer) as numbers (number)
where $3::boolean is null and number <> all($4::integer[]) and not ('x' || number) = any($5::text[])
"""
SENT = datetime(2026, 1, 10, 9, tzinfo=UTC)
SESSIONS = "select state from pg_stat_activity where application_name = 'warehouse-notebooks' and datname = %s"


def read(of_few_rows: bool, sql: str, *values: Any) -> pa.Table:
    with one_transaction(of_few_rows=of_few_rows), session.open_reader() as reader:
        return reader(sql, *values)


@pytest.mark.parametrize("count", [0, 1, 9, 12_000])
@pytest.mark.parametrize("ids", [[], [3], list(range(3, 30))])
def test_the_rows_and_their_types_are_those_of_the_other_connection(
    filled: Warehouse, count: int, ids: list[int]
) -> None:
    texts = pa.scalar(["x2", 'a"b,{}'], pa.list_(pa.string()))
    values = (SENT, count, None, pa.scalar(ids, pa.list_(pa.int32())), texts)
    few, many = (read(of_few_rows, EVERY_TYPE, *values) for of_few_rows in (True, False))
    assert few.schema == many.schema
    assert few.equals(many)


def test_a_call_is_one_transaction_which_has_ended_after_it(filled: Warehouse) -> None:
    session.close_sessions()
    with one_transaction(of_few_rows=True):
        began_at = set()
        for _ in range(3):
            with session.open_reader() as reader:
                began_at |= {reader("select now() as at, $1::timestamptz", SENT)["at"][0], reader("select now()")[0][0]}
    assert len(began_at) == 1
    read(True, "select 1 as one")
    # The connection does not wait for the server to end the transaction; it ends all the same.
    for _ in range(200):
        if [state for (state,) in filled.query(SESSIONS, filled.name)] == ["idle"]:
            return
        time.sleep(0.05)
    raise AssertionError("a transaction stays open")


def test_a_read_that_fails_leaves_the_next_one_its_own_transaction(filled: Warehouse) -> None:
    for _ in range(2):
        with pytest.raises(ReadError, match="division by zero"):
            read(True, "select 1 / $1::integer", 0)
        assert read(True, "select 7 / $1::integer as quotient", 7)["quotient"].to_pylist() == [1]


def test_a_connection_that_was_ended_is_opened_again(filled: Warehouse) -> None:
    assert read(True, "select 1 as one")["one"].to_pylist() == [1]
    filled.query(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name = 'warehouse-notebooks'"
    )
    assert read(True, "select 1 as one")["one"].to_pylist() == [1]


def test_nothing_can_be_written(filled: Warehouse) -> None:
    with pytest.raises(ReadError, match="read-only"):
        read(True, "create table marts.written (id integer)")


def test_a_type_that_would_be_read_differently_is_refused_and_leaves_the_next_read_alone(filled: Warehouse) -> None:
    with pytest.raises(NotFewRows, match="price is of another type"):
        read(True, "select 1.5::numeric as price")
    assert read(True, "select 1 as one")["one"].to_pylist() == [1]
