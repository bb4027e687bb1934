"""A question about many series is sent with its values in the text. Its answers are those of one with parameters."""

from typing import Any

import pandas as pd
import pytest
import warehouse as wh
from warehouse.connections import arrow_connection

from tests.support.moved_case import fill
from tests.support.read_calls import CALLS
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql


def test_the_answers_are_the_same(shared_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shared_warehouse)
    written, honest = [], arrow_connection.with_literals

    def recorded(query: str, values: tuple[Any, ...]) -> str:
        written.append(query)
        return honest(query, values)

    monkeypatch.setattr(arrow_connection, "with_literals", recorded)
    for name, arguments, options in CALLS:
        before = len(written)
        with_parameters = getattr(wh, name)(*arguments, **options)
        assert len(written) == before
        with monkeypatch.context() as patched:
            patched.setattr(arrow_connection, "MANY_SERIES", -1)
            with_values = getattr(wh, name)(*arguments, **options)
        pd.testing.assert_frame_equal(with_values, with_parameters, check_exact=True)
    assert len(written) > 10
