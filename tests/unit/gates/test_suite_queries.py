"""The SQL expectations of the checks run on the batch that the library gives them."""

import pytest

from loaders.gates.gx_adapter import batch_query
from loaders.gates.results import SqlExpectation
from loaders.gates.suites.marts import MARTS
from loaders.gates.suites.raw import RAW

BY_SQL = [item for suite in (RAW, MARTS) for item in suite.expectations if isinstance(item, SqlExpectation)]


@pytest.mark.parametrize("expectation", BY_SQL, ids=lambda expectation: expectation.name)
def test_a_query_names_its_relation_as_the_batch(expectation: SqlExpectation) -> None:
    assert "{batch} as " in batch_query(expectation)
