"""Options that several commands share, and the readers of their texts."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, TypeVar

import typer

from loaders.errors import UsageError

Value = TypeVar("Value")

CheckName = Literal["raw", "marts"]
LoadStatus = Literal["pending", "accepted", "held", "withdrawn"]
Basis = Literal["published", "observed", "inferred"]
LocationType = Literal["node", "region", "grid"]
MovableType = Literal["node", "region"]
RepeatedHours = Literal["order"]
TimesAre = Literal["start", "end"]
Blanks = Literal["withdrawn"]
Since = Literal["last"]
LoginName = Literal["loader", "transformer", "analyst", "operator"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason. It is kept with your name and the time.")]
LoadIdArgument = Annotated[int, typer.Argument(help="The number of the load, as `loads` shows it.")]
GridOption = Annotated[str | None, typer.Option("--grid", help="The grid that it is in.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="The region that it is in.")]
MaxRejectsOption = Annotated[
    str, typer.Option("--max-rejects", help="N or P%: with more rejected rows nothing of a file is stored.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would happen. Nothing is stored.")]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="Last day of the data, local in each grid: YYYY-MM-DD or yesterday.")
]
CreateMissingOption = Annotated[
    bool, typer.Option("--create-missing", help="Register unknown grids, regions, nodes and series.")
]


def _localised(option: str, time: datetime, time_zone: str) -> datetime:
    from loaders.canonical.times import time_zone_named

    local = time.replace(tzinfo=time_zone_named(time_zone))
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise UsageError(f"{option} {time} is ambiguous or missing in {time_zone} (clock change). Add its offset.")
    return local


def parse_pairs(option: str, texts: Iterable[str] | None, parse: Callable[[str], Value]) -> dict[str, Value]:
    """Return `name=value` texts as a dict. Raises UsageError for another form, or a name that is there twice."""
    pairs: dict[str, Value] = {}
    for text in texts or []:
        name, equals, value = text.rpartition("=") if option == "INTERVAL=VALUE" else text.partition("=")
        try:
            parsed = parse(value)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise UsageError(f"{text!r} is not valid for {option}. Write it as name=value.")
        if name in pairs:
            raise UsageError(f"{name} is there twice in {option}. Enter each name once.")
        pairs[name] = parsed
    return pairs


def parse_number_or_null(text: str) -> float | None:
    """Return a number, or None for `null`. Raises ValueError."""
    return None if text == "null" else float(text)


def parse_nonempty(text: str) -> str:
    """Return the text. Raises ValueError when it is empty."""
    if not text:
        raise ValueError(text)
    return text


def parse_max_rejects(text: str) -> float | int:
    """Return a number of rows (int) or a share (float). Raises UsageError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text.strip())
    if not match or (not match[2] and "." in match[1]) or (match[2] and float(match[1]) > 100):
        raise UsageError(f"--max-rejects {text} is not valid. Enter a number of rows or a percentage such as 10%.")
    return float(match[1]) / 100 if match[2] else int(match[1])


def parse_time(option: str, text: str | None, time_zone: str | None = None) -> datetime | None:
    """Return an ISO 8601 time; one without an offset is local in the zone, if there is one. Raises UsageError."""
    try:
        time = None if text is None else datetime.fromisoformat(text)
        if time is None or time.tzinfo is not None or time_zone is None:
            return time
        return _localised(option, time, time_zone)
    except ValueError:
        raise UsageError(f"{option} {text} is not a valid time. Write it like 2024-05-01T09:00:00Z.") from None


def parse_last_day(option: str, text: str | None) -> date | None:
    """Return a date, or the day before today in UTC for `yesterday`. Raises UsageError."""
    if text == "yesterday":
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text} is not a valid day. Write it like 2024-05-01, or yesterday.") from None
