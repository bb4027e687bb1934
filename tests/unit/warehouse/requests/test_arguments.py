"""The arguments of the read functions are validated and normalised; an error names what would be valid."""

import re

import numpy as np
import pandas as pd
import pytest
from warehouse.errors import ReadError
from warehouse.requests import arguments
from warehouse.requests import calls as requests


@pytest.mark.parametrize(
    ("value", "allowed", "message"),
    [
        ("day-ahed", ["day-ahead", "intraday"], "Unknown cut-off 'day-ahed'. Did you mean day-ahead?"),
        ("x", ["day-ahead", "intraday"], "Unknown cut-off 'x'. Available: day-ahead, intraday."),
        (7, ["month", None], "Unknown cut-off 7. Available: None, month."),
    ],
)
def test_a_value_that_is_not_allowed_is_answered_with_those_that_are(
    value: object, allowed: list, message: str
) -> None:
    with pytest.raises(ReadError, match=re.escape(message)):
        arguments.check_choice("cut-off", value, allowed)


def test_each_of_several_values_is_checked() -> None:
    assert arguments.check_choices("rule", None, ["low"]) is None
    assert arguments.check_choices("rule", "low", ["low", "odd"]) == ["low"]
    assert arguments.check_choices("rule", ("odd", "low"), ["low", "odd"]) == ["odd", "low"]
    with pytest.raises(ReadError, match="Unknown rule 'lwo'"):
        arguments.check_choices("rule", ["odd", "lwo"], ["low", "odd"])


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "10"])
def test_what_is_no_number_of_rows_is_refused(value: object) -> None:
    with pytest.raises(ReadError, match=r"limit=.* is not a number of rows"):
        arguments.parse_row_count("limit", value)
    assert arguments.parse_row_count("limit", np.int64(3)) == 3


def test_a_request_keeps_what_was_given_as_texts_and_not_how_it_is_shown() -> None:
    request = requests.read_request(
        "latest", start="2026-10-30T00:00Z", node=["N1", 2], flagged=False, into="arrow", chunks=5
    )
    assert request.requested == {"start": "2026-10-30T00:00Z", "node": "['N1', 2]", "flagged": "False"}
    assert request.names["node"] == ["N1", 2]
    assert request.range == (pd.Timestamp("2026-10-30", tz="UTC"), None)
    assert (request.into, request.chunks, request.is_as_of) == ("arrow", 5, False)
    assert requests.read_request("latest", loaded="2026-10-30T00:00Z").is_as_of
