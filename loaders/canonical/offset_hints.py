"""What other columns say about local times: their offset, or whether daylight saving time was in force."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

_HINT = re.compile(r"([+-]?)(\d\d?)(?::?([0-5]\d))?", re.ASCII)
_DAYLIGHT = {"1": True, "true": True, "t": True, "yes": True, "y": True}
_DAYLIGHT |= {"0": False, "false": False, "f": False, "no": False, "n": False}


@dataclass(frozen=True)
class Hints:
    """What other columns say about local times, each as long as they; null or empty where they say nothing.

    offset: hours east of UTC (-04:00, -0400, -4), of any local time; daylight: whether daylight saving time is in
    force (1 or 0, true or false, y or n), which tells apart the two hours that the clocks repeat.
    """

    offset: pa.Array | None = None
    daylight: pa.Array | None = None


def read_offsets(column: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(minutes east of UTC, is given, is given and bad), each different text read once."""

    def read(text: str) -> tuple[int, bool, bool]:
        if text in ("", "Z", "z"):
            return 0, bool(text), False
        match = _HINT.fullmatch(text)
        if match is None or int(match[2]) > 14:
            return 0, False, True
        return (int(match[2]) * 60 + int(match[3] or 0)) * (-1 if match[1] == "-" else 1), True, False

    encoded = column.cast(pa.string()).dictionary_encode()
    seen = [read(text.strip()) for text in encoded.dictionary.to_pylist()]
    minutes, told, bad = (np.array(part) for part in zip(*seen, (0, False, False), strict=True))
    which = encoded.indices.fill_null(len(seen)).to_numpy()
    return minutes[which], told[which], bad[which]


def read_daylight(column: pa.Array) -> np.ndarray:
    """1 in daylight saving time, 0 outside of it, -1 where nothing is said."""
    encoded = column.cast(pa.string()).dictionary_encode()
    flags = [_DAYLIGHT.get(text.strip().lower(), -1) for text in encoded.dictionary.to_pylist()]
    return np.array([*map(int, flags), -1])[encoded.indices.fill_null(len(flags)).to_numpy()]
