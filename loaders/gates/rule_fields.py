"""The types of the fields of a rule, and how a limit is shown to people and to queries."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema

Limit = float | str | date | timedelta

# Months have no fixed length, so they are not accepted.
_DURATION = re.compile(r"P(?=.)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?")
_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}


def _check_duration(value: object) -> object:
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("not a duration")
    return value


def _check_names(value: object) -> object:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name.strip() for name in value):
        raise ValueError("not a list of names")
    if "*" in value:
        raise ValueError("* is not a name")
    return value


# An invalid value is reported as "It must be …" with the description of its type.
Number = Annotated[float, Strict(), Field(allow_inf_nan=False, description="a number")]
PositiveNumber = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False, description="a number above 0")]
Share = Annotated[float, Strict(), Field(ge=0, le=1, description="a number from 0 to 1")]
Count = Annotated[int, Strict(), Field(ge=1, description="a whole number from 1")]
Name = Annotated[str, Strict(), Field(pattern=r"\S", description="a name")]
Day = Annotated[date, Strict(), Field(description="a date such as 1950-01-01")]
Duration = Annotated[timedelta, BeforeValidator(_check_duration), Field(description="a duration such as P2D or PT48H")]
Names = Annotated[
    frozenset[str] | None,
    BeforeValidator(_check_names),
    WithJsonSchema(_NAMES),
    Field(description="a list of names"),
]
Metrics = Annotated[
    frozenset[str] | None,
    BeforeValidator(lambda value: None if value == "*" else _check_names(value)),
    WithJsonSchema({"anyOf": [{"const": "*"}, _NAMES]}),
    Field(description='a list of names, or "*" alone'),
]


def limit_as_json(limit: Limit) -> float | str:
    """Return a limit as the server reads it."""
    if isinstance(limit, timedelta):
        # Without days, which the server would look up in a time zone, row by row.
        return f"{limit.total_seconds()} seconds"
    return start_of_day(limit).isoformat() if isinstance(limit, date) else limit


def start_of_day(day: date) -> datetime:
    """Return midnight UTC of a date."""
    return datetime.combine(day, time(), UTC)


def limit_as_text(limit: Any) -> str:
    """Return a limit for people, without rounding: results are compared by their descriptions."""
    if isinstance(limit, timedelta):
        if not limit.seconds:
            return f"{limit.days} day" + ("" if limit.days == 1 else "s")
        return f"{limit_as_text(limit.total_seconds() / 3600)} hours"
    return f"{limit:,}".removesuffix(".0") if isinstance(limit, int | float) else str(limit)
