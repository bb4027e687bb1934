"""What the name of a column says about its content, where the caller's options say something else or nothing."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from loaders.errors import LoadError

_DATE_ONLY = re.compile(
    r"(?i)(?:.*[_ ])?(?:date|day|datum|jour|fecha|data|tag)|.*(?:settlement|delivery|oper)(?:date|day)"
)
_PART_OF_DAY = re.compile(
    r"(?i)(?:settlement|delivery|trading)?[_ ]?"
    r"(?:hours?|hr|he|hour[_ ]?(?:ending|beginning|number)|time|period|interval|ptu|quarter"
    r"|stunde|uhrzeit|heures?|ora|hora)"
)
_UTC = re.compile(r"(?<![A-Za-z])(?:utc|gmt)(?![A-Za-z+-])|(?<=[a-z])UTC$", re.IGNORECASE)
_IN_UTC = {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/GMT0", "Etc/Greenwich", "Zulu", "Etc/Zulu"}
_CURRENCY = re.compile(r"(?:^|[\s_\[(]|(?<=[a-z]))(EUR|USD|GBP|CAD|AUD|SEK|NOK|DKK|PLN|CHF|JPY|KRW|BRL|COP|MXN)[\])]?$")
_TEN_THOUSANDS = re.compile(r"(?i)(?:万|10[ ,.]?000|10\^4)\s*kw")


def check_time_columns(start: str | None, ignored: Iterable[str], time_zone: str | None, path: Path) -> None:
    """Raise LoadError where the column of the start is only a date next to an hour, or names another zone."""
    if start is None:
        return
    parts = [name for name in ignored if _PART_OF_DAY.fullmatch(name)]
    if parts and _DATE_ONLY.fullmatch(start):
        raise LoadError(
            f"{path}: the start is in {start} only, but {parts[0]} seems to be the hour of that date. Describe the file"
            f" (warehouse inspect FILE --write mine.yml), or leave the column out (--ignore {parts[0]})."
        )
    if _UTC.search(start) and time_zone is not None and time_zone not in _IN_UTC:
        raise LoadError(
            f"{path}: the name of the column {start} says UTC, but the time zone is set to {time_zone}. Pass"
            " --time-zone UTC, or rename the column."
        )


def currency_in_name(name: str) -> str | None:
    """Return the currency that a column name ends in, such as `SpotPriceDKK`."""
    match = _CURRENCY.search(name)
    return match[1] if match else None


def refuse_ten_thousands(name: str, path: Path) -> None:
    """Raise LoadError for values that count ten thousand kW, a unit that cannot be stated."""
    if _TEN_THOUSANDS.search(name):
        raise LoadError(
            f"{path}: the column {name} counts in units of 10,000 kW. Multiply it by 10, and pass --unit MW."
        )


def check_node_units(units: Mapping[str, str | None], stated: str | None, path: Path) -> None:
    """Raise LoadError where nodes that are columns name several units, or one that no option states."""
    named = {unit for unit in units.values() if unit is not None}
    if len(named) > 1:
        raise LoadError(
            f"{path}: the columns seem to be in {' and '.join(sorted(named))}. Load them one unit at a time, with"
            " --ignore for the others."
        )
    if named and stated is None:
        name = next(name for name, unit in units.items() if unit is not None)
        raise LoadError(
            f"{path}: the column {name} seems to be in {units[name]}. Pass the unit, such as --unit {units[name]}."
        )
