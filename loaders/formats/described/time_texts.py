"""Parse texts of times by the patterns of a description: whole columns where Arrow can, else each distinct text."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.times import LOCAL_TIMESTAMP
from loaders.formats.described.columns import map_distinct

DAY = timedelta(days=1)
# Put before a text that is not a time here: the canonical parser might read it in another way.
UNREADABLE = "?"
EPOCHS = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}
EXCEL_EPOCH = datetime(1899, 12, 30)
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]24:00(?::00)?(Z|[+-]\d\d:\d\d)?")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Patterns that Arrow reads as whole columns.
_VECTORISED = re.compile(r"(?:[^%]|%[YmdHMSIpy%])*")


def parse_texts(texts: pa.Array, formats: str | Sequence[str] | None) -> pa.Array:
    """Return times as timestamps, or as ISO 8601 where Arrow cannot read all of them; unreadable texts are marked."""
    if formats is None:
        return texts
    patterns = (formats,) if isinstance(formats, str) else tuple(formats)
    for pattern in patterns:
        if (fast := _parse_column(texts, pattern)) is not None:
            return fast
    return map_distinct([texts], lambda text: _iso(text, patterns))


def _parse_column(texts: pa.Array, pattern: str) -> pa.Array | None:
    """Return a column of local timestamps; None where a text is not exactly like the pattern."""
    if not _VECTORISED.fullmatch(pattern):
        return None
    empty = pc.equal(texts, "")
    texts = pc.if_else(pc.fill_null(empty, True), pa.scalar(None, pa.string()), texts)
    if "%p" in pattern:
        texts = pc.replace_substring(pc.replace_substring(texts, "a.m.", "AM"), "p.m.", "PM")
    parsed = pc.strptime(texts, format=pattern, unit="s", error_is_null=True)
    # Arrow takes 31 February for 2 March, so the text must come out again; a missing leading zero is no difference.
    again = pc.strftime(parsed, format=pattern)
    plain = [pc.replace_substring_regex(text, r"(^|\D)0(\d)", r"\1\2") for text in (texts, again)]
    is_same = pc.fill_null(pc.equal(*plain), False)
    if parsed.null_count > texts.null_count or not pc.all(pc.or_(is_same, pc.is_null(texts))).as_py():
        return None
    return parsed.cast(LOCAL_TIMESTAMP)


def _iso(text: str | None, patterns: Sequence[str]) -> str | None:
    if not text:
        return None
    parsed = parse_text(text, patterns)
    if parsed is None:
        return f"{UNREADABLE} {text}"
    return parsed.astimezone(UTC).isoformat().replace("+00:00", "Z") if parsed.tzinfo else parsed.isoformat()


def parse_text(text: str, patterns: Sequence[str]) -> datetime | None:
    """Return the time that the first fitting pattern reads, without patterns as ISO 8601; None where none fits."""
    for pattern in patterns or ("",):
        try:
            return _parse_one(text, pattern)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _parse_one(text: str, pattern: str) -> datetime:
    if pattern in EPOCHS:
        seconds, rest = divmod(int(text), EPOCHS[pattern])
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest * 1_000_000 // EPOCHS[pattern])
    if pattern == "excel_serial":
        if not re.fullmatch(r"\d{4,6}(\.\d+)?", text):
            raise ValueError(text)
        # A serial number counts days with the precision of a float: full seconds are meant.
        return EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86_400))
    if not pattern:
        return parse_iso(text)
    text = text.replace("a.m.", "AM").replace("p.m.", "PM")
    if "%H:%M" in pattern and " 24:00" in f" {text}":
        return datetime.strptime(text.replace("24:00", "00:00"), pattern) + DAY
    is_iso = _ISO_DATE.match(text) and not pattern.startswith("%Y")
    return parse_iso(text) if is_iso else datetime.strptime(text, pattern)


def parse_iso(text: str) -> datetime:
    """Parse ISO 8601; 24:00 is 00:00 of the next day. Raises ValueError."""
    match = _MIDNIGHT.fullmatch(text)
    if match is None:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(f"{match[1]}T00:00{match[2] or ''}") + DAY
