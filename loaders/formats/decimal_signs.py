"""Decide which signs of a text file are decimal signs and which group thousands; never guess.

One value decides where it can be read in one way only: 0.5 and 1234.567 have a decimal point, 1.234.567 groups
thousands, 1.003,75 shows both. A file whose only signs look like 45.310 can be read in two ways and is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.errors import LoadError

_SIGNS = (".", ",")
_OTHER = {".": ",", ",": "."}
_EXPONENT = r"(?:[eE][+-]?\d+)?"


@dataclass(frozen=True)
class DecimalSigns:
    """The decimal sign of a file, and the sign that groups thousands, or None."""

    decimal: str = "."
    group: str | None = None

    def without_groups(self, column: pa.Array) -> pa.Array:
        """Return a column of texts without the grouping signs of well-formed numbers; other texts stay as they are."""
        if self.group is None or not pa.types.is_string(column.type):
            return column
        group, decimal = (f"[{sign}]" for sign in (self.group, self.decimal))
        grouped = pc.match_substring_regex(column, rf"^\s*[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{decimal}\d*)?\s*$")
        return pc.if_else(grouped, pc.replace_substring(column, self.group, ""), column)


def detect_signs(columns: Iterable[pa.Array], delimiter: str, path: Path, first_row: int = 1) -> DecimalSigns | None:
    """Return the signs that the texts show, None where no text has a sign. Raises LoadError for an undecidable file.

    In a file separated by commas, a point is the decimal sign: exports with decimal commas use other delimiters.
    """
    texts = [pc.utf8_trim_whitespace(column) for column in columns if pa.types.is_string(column.type)]
    for group in _SIGNS:
        if _any(texts, rf"^[+-]?\d{{1,3}}(?:[{group}]\d{{3}})+[{_OTHER[group]}]\d*$"):
            return DecimalSigns(_OTHER[group], group)
    decimals = {sign for sign in _SIGNS if _shows_decimal(texts, sign)}
    groups = {sign for sign in _SIGNS if _any(texts, rf"^[+-]?\d{{1,3}}(?:[{sign}]\d{{3}}){{2,}}$")}
    if len(decimals) == 1 and not decimals & groups:
        decimal = decimals.pop()
        return DecimalSigns(decimal, _OTHER[decimal] if _OTHER[decimal] in groups else None)
    if not decimals and len(groups) == 1:
        group = groups.pop()
        return DecimalSigns(_OTHER[group], group)
    if decimals or groups:
        # Contradictory values: the first decides, and the others are rejected as invalid numbers.
        return DecimalSigns(_first_sign(texts))
    return _undecided(texts, delimiter, path, first_row)


def _undecided(texts: list[pa.Array], delimiter: str, path: Path, first_row: int) -> DecimalSigns | None:
    ambiguous = rf"^[+-]?[1-9]\d{{0,2}}[{''.join(_SIGNS)}]\d{{3}}$"
    places = [(column, pc.index(_match(column, ambiguous), pa.scalar(True)).as_py()) for column in texts]
    column, place = next(((column, place) for column, place in places if place >= 0), (None, 0))
    if column is None:
        return None
    example = column[place].as_py()
    if delimiter == ",":
        return DecimalSigns() if "." in example else None
    plain = example.replace(".", "").replace(",", "")
    decimal = example.replace(",", ".")
    raise LoadError(
        f"{path}: row {first_row + place}: {example} can be read as {plain} or as {decimal}, and no other value"
        " decides. Pass the decimal sign with decimal_char (--decimal-char . or ,)."
    )


def _shows_decimal(texts: list[pa.Array], sign: str) -> bool:
    """Return whether a text can only be read with this sign as the decimal sign."""
    not_three = rf"^[+-]?\d*[{sign}](?:\d{{0,2}}|\d{{4,}}){_EXPONENT}$"
    long_or_zero = rf"^[+-]?(?:\d{{4,}}|0+|)[{sign}]\d+{_EXPONENT}$"
    return _any(texts, rf"{not_three}|{long_or_zero}|^[+-]?\d*[{sign}]\d*[eE][+-]?\d+$")


def _first_sign(texts: list[pa.Array]) -> str:
    signs = [text for column in texts for text in column.filter(_match(column, r"^[+-]?\d*[.,]\d*$")).to_pylist()]
    return "," if signs and "," in signs[0] else "."


def _any(texts: list[pa.Array], expression: str) -> bool:
    return any(pc.any(_match(column, expression)).as_py() for column in texts)


def _match(column: pa.Array, expression: str) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(column, expression), False)
