"""Values as whole columns: text or numbers in, finite doubles out, and a fault where there is none."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.rejects import Reason

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_FRACTION = r"^\s*[+-]?\d*[.,]\d*(?:[eE][+-]?\d+)?\s*$"
_NOT_FINITE = r"(?i)^[+-]?(?:nan(?:\(\w*\))?|inf|infinity)$"


@dataclass(frozen=True)
class Numbers:
    """values: float64, null where the input was null, empty, a null token or faulty; faults: (boolean mask, why)."""

    values: pa.Array
    faults: list[tuple[np.ndarray, Reason]]


def parse_numbers(column: pa.Array, decimal: str = ".", null_tokens: tuple[str, ...] = ()) -> Numbers:
    """Read a column of texts or numbers. decimal is the one decimal sign of texts: "." or ",".

    Raises TypeError for a column of any other type.
    """
    kind = column.type
    if pa.types.is_string(kind):
        return _parse_text(column, decimal, null_tokens)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return _finite(column.cast(pa.float64(), safe=False), [])
    raise TypeError(f"{kind} is not a type of numbers")


def decimal_sign(text: pa.Array) -> str | None:
    """The decimal sign, "." or ",", of the first number with one in a column of texts; None where there is none."""
    found = pc.index(pc.fill_null(pc.match_substring_regex(text, _FRACTION), False), pa.scalar(True)).as_py()
    if found < 0:
        return None
    return "," if "," in text[found].as_py() else "."


def _parse_text(text: pa.Array, decimal: str, null_tokens: tuple[str, ...]) -> Numbers:
    if decimal == ".":
        try:
            return _finite(text.cast(pa.float64()), [])
        except pa.ArrowInvalid:
            pass
    null = pa.scalar(None, pa.string())
    trimmed = pc.utf8_trim_whitespace(text)
    empty = pc.is_in(trimmed, value_set=pa.array(["", *null_tokens]))
    trimmed = pc.if_else(empty, null, trimmed)
    if decimal == ",":
        # A point in a file of decimal commas may group thousands or be a typing error: such a value is no number.
        trimmed = pc.replace_substring(pc.replace_substring(trimmed, ".", "?"), ",", ".")
    is_number = pc.match_substring_regex(trimmed, _NUMBER)
    values = pc.if_else(is_number, trimmed, null).cast(pa.float64())
    other = pc.invert(is_number)
    not_finite = pc.and_(other, pc.match_substring_regex(trimmed, _NOT_FINITE))
    bad = pc.and_not(other, not_finite)
    faults = [(_mask(not_finite), Reason.NOT_FINITE), (_mask(bad), Reason.BAD_NUMBER)]
    return _finite(values, [(mask, why) for mask, why in faults if mask.any()])


def _finite(values: pa.Array, faults: list[tuple[np.ndarray, Reason]]) -> Numbers:
    finite = pc.is_finite(values)
    if pc.all(finite).as_py() in (True, None):
        return Numbers(values, faults)
    values = pc.if_else(finite, values, pa.scalar(None, pa.float64()))
    return Numbers(values, [*faults, (_mask(pc.invert(finite)), Reason.NOT_FINITE)])


def _mask(flags: pa.Array) -> np.ndarray:
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False)
