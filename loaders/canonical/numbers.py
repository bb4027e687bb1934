"""Parse columns of numbers to finite doubles; report an error per invalid row."""

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.rejects import ParsedColumn, Reason

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_FRACTION = r"^\s*[+-]?\d*[.,]\d*(?:[eE][+-]?\d+)?\s*$"
_NOT_FINITE = r"(?i)^[+-]?(?:nan(?:\(\w*\))?|inf|infinity)$"


def parse_numbers(column: pa.Array, decimal: str = ".", null_tokens: tuple[str, ...] = ()) -> ParsedColumn:
    """Parse a column of texts or numbers to float64. decimal is the one decimal sign of texts: "." or ",".

    null_tokens: texts that mean no value, in any case. NaN in a column of numbers is null; as a text it is not finite.
    Raises TypeError for a column of any other type.
    """
    data_type = column.type
    if pa.types.is_string(data_type):
        return _parse_text(column, decimal, null_tokens)
    if (
        pa.types.is_integer(data_type)
        or pa.types.is_floating(data_type)
        or pa.types.is_decimal(data_type)
        or pa.types.is_null(data_type)
    ):
        # NaN is the null of numeric libraries: no value, like an empty cell.
        return _finite(column.cast(pa.float64(), safe=False), [], nan_is_null=True)
    raise TypeError(f"a column of type {data_type} cannot hold numbers")


def decimal_sign(text: pa.Array) -> str | None:
    """Return the decimal sign, "." or ",", of the first text with one, or None."""
    first = pc.index(pc.fill_null(pc.match_substring_regex(text, _FRACTION), False), pa.scalar(True)).as_py()
    if first < 0:
        return None
    return "," if "," in text[first].as_py() else "."


def _parse_text(text: pa.Array, decimal: str, null_tokens: tuple[str, ...]) -> ParsedColumn:
    null_tokens = tuple(token.lower() for token in null_tokens)
    if decimal == ".":
        try:
            values = text.cast(pa.float64())
            if not pc.any(pc.is_nan(values)).as_py():
                return _finite(values, [])
        except pa.ArrowInvalid:
            pass
    null = pa.scalar(None, pa.string())
    trimmed = pc.utf8_trim_whitespace(text)
    empty = is_token(trimmed, ("", *null_tokens))
    trimmed = pc.if_else(empty, null, trimmed)
    if decimal == ",":
        # A point in a file of decimal commas may group thousands or be a typing error: such a value is invalid.
        trimmed = pc.replace_substring(pc.replace_substring(trimmed, ".", "?"), ",", ".")
    is_number = pc.match_substring_regex(trimmed, _NUMBER)
    values = pc.if_else(is_number, trimmed, null).cast(pa.float64())
    other = pc.invert(is_number)
    not_finite = pc.and_(other, pc.match_substring_regex(trimmed, _NOT_FINITE))
    bad = pc.and_not(other, not_finite)
    faults = [(_mask(not_finite), Reason.NOT_FINITE), (_mask(bad), Reason.BAD_NUMBER)]
    return _finite(values, [(mask, reason) for mask, reason in faults if mask.any()])


def is_token(text: pa.Array, tokens: tuple[str, ...]) -> pa.Array:
    """Return whether each text is one of the tokens, ignoring case and surrounding blanks."""
    value_set = pa.array([token.lower() for token in tokens], pa.string())
    return pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(text)), value_set=value_set)


def without_missing(values: pa.Array, tokens: tuple[str, ...]) -> pa.Array:
    """Return numbers with null where one equals a token: -999.0 is -999, too."""
    stated = [number for token in tokens if (number := _number_of(token)) is not None]
    if not stated:
        return values
    missing = [*stated, *(float(np.float32(number)) for number in stated)]
    is_missing = pc.fill_null(pc.is_in(values, value_set=pa.array(missing, pa.float64())), False)
    return pc.if_else(is_missing, pa.scalar(None, pa.float64()), values)


def _number_of(token: str) -> float | None:
    try:
        number = float(token)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _finite(values: pa.Array, faults: list[tuple[np.ndarray, Reason]], nan_is_null: bool = False) -> ParsedColumn:
    if nan_is_null:
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    finite = pc.is_finite(values)
    if pc.all(finite).as_py() in (True, None):
        return ParsedColumn(values, faults)
    values = pc.if_else(finite, values, pa.scalar(None, pa.float64()))
    return ParsedColumn(values, [*faults, (_mask(pc.invert(finite)), Reason.NOT_FINITE)])


def _mask(flags: pa.Array) -> np.ndarray:
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False)
