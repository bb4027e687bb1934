"""Values of rows in a form that JSON can hold."""

from datetime import datetime
from math import isfinite


def json_value(value: object) -> object:
    """Return the value as JSON can hold it: times as ISO 8601, and infinite numbers and other types as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, (str, int, float, bool, list, dict)) else str(value)
