"""Read the knowledge time in a file's name by a pattern of strptime directives, such as `forecast_%Y%m%d_%H%M`.

The pattern may match anywhere in the name. A time without %z is local in the named zone; one without %H is the
beginning of its day.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from loaders.errors import LoadError, UsageError

_DIGITS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "y": 2, "j": 3}
_DIRECTIVE = re.compile("%(.?)")


def parse_name(path: Path, pattern: str, time_zone: str | None) -> datetime:
    """Return the one time in the file's name. Raises UsageError for the pattern, LoadError for the name."""
    matches = set(_expression(pattern).findall(path.name))
    if len(matches) != 1:
        what = "more than one time" if matches else "no time"
        raise LoadError(f"{path}: the name has {what} like {pattern}. Rename the file, or pass collected_at.")
    text = matches.pop()
    try:
        timestamp = datetime.strptime(text, pattern)
    except ValueError:
        raise LoadError(
            f"{path}: {text} in the name is not a valid time like {pattern}. Rename the file, or pass collected_at."
        ) from None
    return timestamp if timestamp.tzinfo is not None else _localised(timestamp, path, text, time_zone)


def _expression(pattern: str) -> re.Pattern[str]:
    directives = _DIRECTIVE.findall(pattern)
    unknown = sorted(
        {directive for directive in directives if directive not in _DIGITS and directive not in ("z", "%")}
    )
    has_day = ("d" in directives and "m" in directives) or "j" in directives
    if unknown or not has_day or not {"Y", "y"} & set(directives):
        raise UsageError(
            f"The pattern {pattern} does not describe a day. Use %Y %m %d %H %M %S %y %j %z, such as forecast_%Y%m%d."
        )
    parts = _DIRECTIVE.split(pattern)
    texts, signs = parts[::2], parts[1::2]
    expression = re.escape(texts[0])
    for sign, text in zip(signs, texts[1:], strict=True):
        expression += _digits(sign) + re.escape(text)
    return re.compile(expression, re.ASCII)


def _digits(directive: str) -> str:
    if directive == "%":
        return "%"
    return r"(?:Z|[+-]\d\d:?\d\d)" if directive == "z" else rf"\d{{{_DIGITS[directive]}}}"


def _localised(timestamp: datetime, path: Path, text: str, time_zone: str | None) -> datetime:
    if time_zone is None:
        raise LoadError(f"{path}: the time {text} in the name has no offset. Pass its time_zone.")
    local = timestamp.replace(tzinfo=ZoneInfo(time_zone))
    # A clock change: this local time happened twice, or never.
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise LoadError(f"{path}: the local time {text} in the name is ambiguous (clock change). Pass collected_at.")
    return local.astimezone(UTC)
