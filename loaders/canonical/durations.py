"""Parse and format ISO 8601 durations: the resolutions of series, and limits such as P2D."""

import re
from datetime import timedelta

_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?", re.ASCII)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# Weeks, months and years begin at local midnight and have no fixed length; see loaders.canonical.calendar_intervals.
CALENDAR_RESOLUTIONS = ("P7D", "P1M", "P1Y")
_WEEK = "P1W"


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
    """Return the length of a resolution that divides a day, in whole minutes. Raises ValueError."""
    try:
        length = parse_duration(text)
    except ValueError:
        length = timedelta(0)
    if not MINUTE <= length <= DAY or length % MINUTE or DAY % length:
        raise ValueError(
            f"{text!r} is not a valid resolution. Use an ISO 8601 duration that divides a day, such as PT15M, or P7D,"
            " P1M or P1Y."
        )
    return length


def spell_resolution(text: str) -> str:
    """Return the one ISO 8601 spelling of a resolution: PT1H for PT60M, P7D for P1W. Raises ValueError."""
    if text == _WEEK:
        return "P7D"
    return text if text in CALENDAR_RESOLUTIONS else format_resolution(parse_resolution(text))


def format_resolution(length: timedelta) -> str:
    """Return the one ISO 8601 spelling of a resolution that divides a day: P1D, PT1H, PT1H30M, PT5M."""
    if length == DAY:
        return "P1D"
    hours, minutes = divmod(length // MINUTE, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
