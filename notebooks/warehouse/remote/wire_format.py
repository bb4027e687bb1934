"""Write the arguments of a read function as JSON values, and read them back as the same values."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from warehouse.errors import ReadError

MAX_DEPTH = 4


def encode_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments as values that JSON has. Raises ReadError for one that cannot be sent."""
    return {name: _encode(name, value, 0) for name, value in arguments.items()}


def decode_arguments(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that were encoded. Raises ReadError for values that `encode_arguments` does not write."""
    return {name: _decode(name, value) for name, value in sent.items()}


def _encode(name: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and np.isfinite(float(value)):
        return float(value)
    if isinstance(value, datetime):  # pandas' timestamps too
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, np.datetime64):
        return {"numpy": str(value)}
    if isinstance(value, Iterable) and not isinstance(value, bytes | Mapping) and depth < MAX_DEPTH:
        items = [_encode(name, item, depth + 1) for item in value]
        return {"tuple": items} if isinstance(value, tuple) else items
    raise ReadError(f"{name}={value!r} cannot be sent over HTTP. Enter a text, a number, a time, or a list of these.")


def _decode(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(name, item) for item in value]
    if not isinstance(value, Mapping):
        return value
    try:
        [(kind, content)] = value.items()
        return _READERS[kind](name, content)
    except (KeyError, TypeError, ValueError, RecursionError, OverflowError):
        raise ReadError(
            f'{name} has an object that is not valid. Send a time as {{"time": "2026-04-01T00:00:00Z"}}, '
            'a day as {"day": "2026-04-01"}.'
        ) from None


_READERS = {
    "time": lambda _, text: pd.Timestamp(_text(text)),
    "day": lambda _, text: date.fromisoformat(_text(text)),
    "numpy": lambda _, text: np.datetime64(_text(text)),
    "tuple": lambda name, items: tuple(_decode(name, item) for item in items),
}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
