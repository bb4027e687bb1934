"""Resolve local times by other columns: UTC offset, daylight saving time, or which of two repeated hours it is.

A column that contradicts the time zone has another meaning than its name states, so the whole file is refused.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.zone_abbreviations import offset_of
from loaders.errors import LoadError

_HINT = re.compile(r"(?:UTC|GMT)?\s*([+-]?)(\d\d?)(?::?([0-5]\d))?", re.ASCII)
_DAYLIGHT = {"1": True, "true": True, "t": True, "yes": True, "y": True}
_DAYLIGHT |= {"0": False, "false": False, "f": False, "no": False, "n": False}


class WrongHint(LoadError):
    """A column contradicts the time zone. position: that of the first row, from 0."""

    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.position = position


@contextmanager
def naming_rows(row_numbers: pa.Array, column: str) -> Iterator[None]:
    """Name the row in the error about a hint, and the column in one about its type. Raises LoadError or TypeError."""
    try:
        yield
    except WrongHint as error:
        raise LoadError(f"row {row_numbers[error.position].as_py()}: {error}") from None
    except TypeError as error:
        raise TypeError(f"{column}: {error}") from None


@dataclass(frozen=True)
class OffsetHints:
    """Columns that resolve local times; null or empty where unknown.

    offset: hours east of UTC (-04:00, -0400, -4, UTC-4), or an abbreviation with one meaning (EST, EDT, CEST).
    daylight: whether daylight saving time is in force (1 or 0, true or false, y or n); it must be right in every row.
    occurrence: first or second, of the two hours that the clocks repeat. second is valid in a repeated hour only.
    """

    offset: pa.Array | None = None
    daylight: pa.Array | None = None
    occurrence: pa.Array | None = None

    @classmethod
    def of(cls, columns: Mapping[str, pa.Array]) -> "OffsetHints":
        """Return the hints among the columns of records."""
        return cls(columns.get("utc_offset"), columns.get("dst"), columns.get("repeated_hour"))


def read_offsets(column: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (minutes east of UTC, is present, is invalid) per row; each distinct text is parsed once."""

    def parse(text: str) -> tuple[int, bool, bool]:
        if text in ("", "Z", "z"):
            return 0, bool(text), False
        if (named := offset_of(text)) is not None:
            return named, True, False
        match = _HINT.fullmatch(text)
        if match is None or int(match[2]) > 14:
            return 0, False, True
        return (int(match[2]) * 60 + int(match[3] or 0)) * (-1 if match[1] == "-" else 1), True, False

    encoded = column.cast(pa.string()).dictionary_encode()
    parsed = [parse(text.strip()) for text in encoded.dictionary.to_pylist()]
    minutes, present, invalid = (np.array(part) for part in zip(*parsed, (0, False, False), strict=True))
    codes = encoded.indices.fill_null(len(parsed)).to_numpy()
    return minutes[codes], present[codes], invalid[codes]


def read_daylight(column: pa.Array) -> np.ndarray:
    """Return 1 in daylight saving time, 0 outside it, -1 where unknown."""
    encoded = column.cast(pa.string()).dictionary_encode()
    flags = [_DAYLIGHT.get(text.strip().lower(), -1) for text in encoded.dictionary.to_pylist()]
    return np.array([*map(int, flags), -1])[encoded.indices.fill_null(len(flags)).to_numpy()]


def read_occurrences(column: pa.Array) -> np.ndarray:
    """Return 1 in the first of two repeated hours, 0 in the second, -1 where unknown."""
    texts = column.cast(pa.string())
    numbers = pc.if_else(pc.equal(texts, "first"), 1, pc.if_else(pc.equal(texts, "second"), 0, -1))
    return pc.fill_null(numbers, -1).to_numpy(zero_copy_only=False)


def check_daylight(
    daylight: np.ndarray, local: np.ndarray, utc: np.ndarray, certain: np.ndarray, zone: ZoneInfo
) -> None:
    """Refuse a daylight flag that is wrong in any row. local, utc: microseconds. certain: which rows to check."""
    rows = np.flatnonzero(certain & (daylight >= 0))
    years = local[rows].astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
    standard = np.zeros(len(rows), np.int64)
    for year in np.unique(years):
        standard[years == year] = _standard_offset(int(year), zone)
    in_force = (local[rows] - utc[rows]) > standard
    wrong = rows[in_force != (daylight[rows] == 1)]
    if len(wrong):
        moment = _local_text(local[wrong[0]])
        stated = "yes" if daylight[wrong[0]] == 1 else "no"
        raise WrongHint(
            int(wrong[0]),
            f"the column dst says {stated} at {moment}, but daylight saving time was "
            f"{'not ' if stated == 'yes' else ''}in force in {zone.key} then. dst must hold for every row. "
            "If the column marks the second of two repeated hours, map it to repeated_hour with the texts first and"
            " second, or use a description with time.repeated.",
        )


def check_occurrences(occurrence: np.ndarray, local: np.ndarray, single: np.ndarray, zone: str) -> None:
    """Refuse a mark of the second repeated hour at a time that the clocks do not repeat."""
    wrong = np.flatnonzero(single & (occurrence == 0))
    if len(wrong):
        raise WrongHint(
            int(wrong[0]),
            f"{_local_text(local[wrong[0]])} is marked as the second of two repeated hours, but the clocks of {zone} do"
            " not repeat it. Check the time zone, and the column or suffix that marks the repeated hour.",
        )


def check_offsets(
    minutes: np.ndarray, local: np.ndarray, valid: tuple[np.ndarray, np.ndarray], rows: np.ndarray, zone: str
) -> None:
    """Refuse a UTC offset that the zone does not have at that time. valid: minutes of the first and last hour."""
    wrong = np.flatnonzero(rows & (minutes != valid[0]) & (minutes != valid[1]))
    if len(wrong):
        place = wrong[0]
        raise WrongHint(
            int(place),
            f"the offset of {_local_text(local[place])} is {_offset_text(minutes[place])}, but {zone} has"
            f" {_offset_text(valid[0][place])} then. Correct the time zone or the column with the offset.",
        )


def _standard_offset(year: int, zone: ZoneInfo) -> int:
    """Return the smaller of the UTC offsets in January and July, in microseconds."""
    offsets = [datetime(year, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7)]
    return min(offsets) // timedelta(microseconds=1)


def _local_text(micros: np.int64) -> str:
    return str(np.datetime64(int(micros), "us").astype("datetime64[m]"))


def _offset_text(minutes: np.int64) -> str:
    hours, rest = divmod(abs(int(minutes)), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
