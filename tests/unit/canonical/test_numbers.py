"""Numbers: a text is read alike, whatever stands next to it."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.canonical.numbers import decimal_sign, parse_numbers
from loaders.canonical.rejects import Reason


def read(texts, **how):
    numbers = parse_numbers(pa.array(texts, pa.string()), **how)
    answers = numbers.values.to_pylist()
    for mask, why in numbers.faults:
        for place in np.flatnonzero(mask):
            assert answers[place] is None
            answers[place] = why
    return answers


TEXTS = (
    st.floats().map(str)
    | st.integers(-(10**30), 10**30).map(str)
    | st.text("0123456789.,eE+- ", max_size=8)
    | st.text("nainfNty(1) ", max_size=8)
    | st.sampled_from(["1e400", "-1e400", "1e-400", "+1", "+-1", "0x1p3", "1d", "1_0", "\u0661", "MISSING"])
)


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_number_is_read_alike_alone_and_next_to_any_other(texts):
    alone = [read([text])[0] for text in texts]
    assert read([*texts, "junk", ""])[: len(texts)] == alone


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_double_comes_back_as_itself(number):
    (point,) = read([repr(number)])
    (comma,) = read([repr(number).replace(".", ",")], decimal=",")
    assert point == comma == number
    assert math.copysign(1, point) == math.copysign(1, number)


def test_null_tokens_are_null_where_they_are_named():
    assert read(["MISSING", "1", "EMPTY"], null_tokens=("MISSING", "EMPTY")) == [None, 1, None]
    assert read(["MISSING", "1"]) == [Reason.BAD_NUMBER, 1]


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1", "2,5", "3.5"], ","),
        (["", "2.5", "3,5"], "."),
        (["1", "2"], None),
        (["1.234,5", "n.a.", "7,5"], ","),
        ([], None),
    ],
)
def test_the_first_number_with_a_decimal_sign_shows_the_sign(texts, sign):
    assert decimal_sign(pa.array(texts, pa.string())) == sign


def test_numbers_of_any_type_are_doubles_and_flags_are_none():
    assert parse_numbers(pa.array([1, None], pa.int16())).values.to_pylist() == [1.0, None]
    assert parse_numbers(pa.array([2**60], pa.int64())).values.to_pylist() == [2.0**60]
    with pytest.raises(TypeError):
        parse_numbers(pa.array([True]))
