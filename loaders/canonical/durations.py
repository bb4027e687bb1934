"""Parse and format ISO 8601 durations of days, hours, minutes and seconds."""

import re
from datetime import timedelta

_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?", re.ASCII)
# Of weeks, months and years, which have no fixed length or do not divide a day.
_LONGER = re.compile(r"P(?:\d{1,3}[WMY]|0*(?:[2-9]|[1-9]\d+)D)", re.ASCII)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def parse_duration(text: str) -> timedelta:
    """Return the length of a duration such as P2D or PT48H; months and years have no fixed length.

    Raises ValueError.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as P2D or PT48H.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def parse_resolution(text: str) -> timedelta:
    """Return the length of a resolution: a duration of whole minutes that divides a day. Raises ValueError."""
    if _LONGER.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a valid resolution: values of weeks, months or years are not read. Load those of days, or"
            " of a shorter resolution."
        )
    try:
        length = parse_duration(text)
    except ValueError:
        length = timedelta(0)
    if not MINUTE <= length <= DAY or length % MINUTE or DAY % length:
        raise ValueError(
            f"{text!r} is not a valid resolution. Use an ISO 8601 duration that divides a day, such as PT15M."
        )
    return length


def format_resolution(length: timedelta) -> str:
    """Return the one ISO 8601 spelling of a resolution: P1D, PT1H, PT1H30M, PT5M."""
    if length == DAY:
        return "P1D"
    hours, minutes = divmod(length // MINUTE, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
