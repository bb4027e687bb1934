"""Resolve local times by other columns: their UTC offset, or whether daylight saving time was in force."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

_HINT = re.compile(r"([+-]?)(\d\d?)(?::?([0-5]\d))?", re.ASCII)
_DAYLIGHT = {"1": True, "true": True, "t": True, "yes": True, "y": True}
_DAYLIGHT |= {"0": False, "false": False, "f": False, "no": False, "n": False}


@dataclass(frozen=True)
class OffsetHints:
    """Columns that resolve local times; null or empty where unknown.

    offset: hours east of UTC (-04:00, -0400, -4). daylight: whether daylight saving time is in force (1 or 0, true or
    false, y or n), which distinguishes the two occurrences of a repeated hour.
    """

    offset: pa.Array | None = None
    daylight: pa.Array | None = None


def read_offsets(column: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (minutes east of UTC, is present, is invalid) per row; each distinct text is parsed once."""

    def parse(text: str) -> tuple[int, bool, bool]:
        if text in ("", "Z", "z"):
            return 0, bool(text), False
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
