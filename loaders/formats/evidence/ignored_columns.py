# ruff: noqa: RUF001 (the signs are those that publishers write)
"""Columns that are not read, and whose texts say that the others mean something else than they are read as."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import Records
from loaders.canonical.delivered_fields import EXTRA, LINE, delivered_fields
from loaders.canonical.totals import word_set, words_of
from loaders.canonical.zone_abbreviations import ABBREVIATIONS
from loaders.errors import LoadError
from loaders.formats.evidence.forecast_names import is_other_kind, kind_of
from loaders.formats.evidence.knowledge_columns import refuse_knowledge_times
from loaders.formats.evidence.local_clocks import clock_times
from loaders.formats.evidence.other_clocks import refuse_other_clock
from loaders.formats.evidence.repeated_rows import refuse_repeated_rows
from loaders.formats.evidence.row_quality import find_unfinished, find_unusable
from loaders.formats.evidence.unit_names import agrees, is_currency, unit_in_name
from loaders.formats.file_format import ReadOptions
from loaders.notices import notify

# A column with more texts, or longer ones, does not sort rows into kinds.
MAX_TEXTS, MAX_LENGTH = 64, 40
MAX_OBJECTS = 2000
_DURATION = re.compile(r"P(?:\d+D|\d+M|\d+Y|T\d+[HM])|\d+\s?(?:min|minutes?|h|hours?)", re.IGNORECASE)
_LENGTH_NAME = re.compile(
    r"(?i)duration|resolution|aufl(?:ö|oe)sung|granularit|dauer|(?:interval|period|step)[_ ]?(?:length|minutes?|mins?)"
)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?[+-]\d\d?(?::?\d\d)?", re.IGNORECASE)
_OFFSET_NAME = re.compile(r"(?i)(?:utc|gmt|tz|time)?[_ ]?offset")
_RANGE = re.compile(r"(\d\d?:\d\d)(?::\d\d)?\s?(?:-|–|/|to|bis|à|a)\s?(\d\d?:\d\d)(?::\d\d)?")
_LOCATIONS = word_set(
    "area areas zone zones region regions node nodes gebiet zona zonas país country land site station plant kraftwerk"
    " generator hub location ba biddingzone regelzone subsistema gxp meter"
)  # fmt: skip
_KINDS = word_set(
    "fuel fueltype psr psrtype technology technologie energieträger energietraeger brennstoff combustible filière"
    " auction auktion subasta market markt marché mercado product produkt produit producto direction richtung side"
    " scenario model modell run sequence type typ art"
)
_CANCELLED = word_set(
    "cancelled canceled withdrawn deleted storniert annulliert annulé annulée anulado annullato revoked void"
)
_DIRECTIONS = word_set(
    "import export imports exports in out up down buy sell bezug abgabe einspeisung entnahme injection withdrawal"
    " offtake feed production consumption supply"
)
_FACTORS = word_set("exponent magnitude decimals scale scaling multiplier factor faktor facteur skalierung")


def check_ignored(stream: Iterable[Records], path: Path, options: ReadOptions) -> Iterator[Records]:
    """Yield the records. Raises LoadError where a column that is not read states what the options contradict or lack.

    Each is left out by --ignore, and most can be mapped.
    """
    seen: dict[str, dict[str, int] | None] = {}
    stated: set[str] = set()
    is_first = True
    for records in stream:
        unread = {name: column for name, column in _unread(records).items() if name not in options.ignore}
        if is_first:
            for name, column in unread.items():
                refuse_other_clock(name, column, records, path, options)
            refuse_repeated_rows(records, unread, path)
        is_first = is_first and not len(records.row_number)
        stated |= {key for key, column in records.columns.items() if column.null_count < len(column)}
        for name, column in unread.items():
            if seen.get(name, {}) is None:
                continue
            texts = _distinct(column, records.row_number)
            refuse_knowledge_times(name, column, path, options)
            _refuse_ends(name, texts, column, records, path, options)
            known = seen.get(name) or {}
            joined = None if texts is None else {**texts, **known}
            seen[name] = joined if joined is not None and len(joined) <= MAX_TEXTS else None
        yield records
    for name, texts in seen.items():
        if texts:
            for check in _CHECKS:
                if problem := check(name, texts, stated, options):
                    raise LoadError(
                        f"{path}: the column {name} {problem}, or leave the column out (--ignore '{name}')."
                    )
            if text := find_unfinished(name, texts):
                notify(path, f"the column {name} says {text} in row {texts[text]}; such values are read as any others")


def _unread(records: Records) -> dict[str, pa.Array]:
    """Return the columns without a role; of JSON objects, those of the first ones."""
    columns = {key.removeprefix(EXTRA): column for key, column in records.columns.items() if key.startswith(EXTRA)}
    for key, column in records.columns.items():
        if key.startswith(LINE):
            objects = [delivered_fields({key: line}) for line in column[:MAX_OBJECTS].to_pylist()]
            names = dict.fromkeys(name for item in objects for name in item)
            columns |= {name: pa.array([_text_of(item.get(name)) for item in objects], pa.string()) for name in names}
    return columns


def _text_of(field: object) -> str | None:
    return None if field is None else str(field)


def _distinct(column: pa.Array, row_numbers: pa.Array) -> dict[str, int] | None:
    """Return each text of a column with its first row; None for too many, too long ones, or another type."""
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_string(column.type):
        return None
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    if len(texts) > MAX_TEXTS or any(len(text) > MAX_LENGTH for text in texts):
        return None
    codes = encoded.indices.fill_null(len(texts)).to_numpy()
    values, first = np.unique(codes, return_index=True)
    rows = {int(code): int(place) for code, place in zip(values, first, strict=True)}
    return {
        text.strip(): row_numbers[rows[code]].as_py()
        for code, text in enumerate(texts)
        if code in rows and text.strip()
    }


def _kind(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that rows are forecasts and read as actuals, or the other way round."""
    kinds = {text: kind for text in texts if not any(map(str.isdigit, text)) and (kind := kind_of(text))}
    if not kinds or "metric" in stated or "source" in stated:
        return None
    text = next(iter(kinds))
    if len(set(kinds.values())) > 1:
        other = next(item for item in kinds if kinds[item] != kinds[text])
        return (
            f"says {text} in row {texts[text]} and {other} in row {texts[other]}, but both would be one series. Map it"
            f" to keep them apart (--map '{name}=source')"
        )
    if len(kinds) < len(texts) or kind_of(options.source or "") or not is_other_kind(text, options.metric or ""):
        return None
    return (
        f"says {text} in row {texts[text]}, but the rows are read as {options.metric}. Pass the right metric (--metric)"
    )


def _unit(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that the unit of a row is not the stated one."""
    if "unit" in stated or any(map(str.isdigit, "".join(texts))):
        return None
    currencies = [text for text in texts if is_currency(text)]
    units = {text: unit for text in texts if (unit := unit_in_name(text))}
    if len(currencies) == len(texts):
        other = next((text for text in currencies if text not in (options.unit or "").upper()), None)
        return (
            other and f"says {other} in row {texts[other]}, but the unit is {options.unit or 'not stated'}. Pass --unit"
        )
    if len(units) < len(texts):
        return None
    wanted = options.unit
    other = next((text for text, unit in units.items() if not wanted or not agrees(text, unit, wanted)), None)
    return other and (
        f"says {other} in row {texts[other]}, but the unit is {options.unit or 'not stated'}. Map it instead of passing"
        f" a unit (--map '{name}=unit')"
    )


def _length(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that a column states the length of the intervals, which no option does."""
    if options.resolution or {"resolution", "interval_end"} & stated:
        return None
    is_named = bool(_LENGTH_NAME.search(name))
    if all(_DURATION.fullmatch(text) for text in texts) and (is_named or all(text.startswith("P") for text in texts)):
        advice = f"Map it (--map '{name}=resolution') or pass --resolution"
    elif is_named and all(text.isdigit() for text in texts):
        advice = "Pass the length, such as --resolution PT15M"
    else:
        return None
    text = next(iter(texts))
    return f"seems to state the length of the intervals ({text} in row {texts[text]}), but it is not read. {advice}"


def _offset(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that a column states the offset of local times."""
    if options.time_zone is None or {"utc_offset", "dst"} & stated:
        return None
    is_offset = all(_OFFSET.fullmatch(text) or text.upper() in ABBREVIATIONS for text in texts)
    is_named = _OFFSET_NAME.fullmatch(name) and all(re.fullmatch(r"[+-]?\d\d?(?::?\d\d)?", text) for text in texts)
    if not (is_named or (is_offset and not all(re.fullmatch(r"[+-]\d+", text) for text in texts))):
        return None
    text = next(iter(texts))
    return (
        f"seems to state the UTC offset of the times ({text} in row {texts[text]}), but it is not read. Map it"
        f" (--map '{name}=utc_offset')"
    )


def _location(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that rows of several locations are read as those of one node."""
    if options.node is None or len(texts) < 2 or not _LOCATIONS & set(words_of(name)):
        return None
    first, second = list(texts)[:2]
    return (
        f"says {first} in row {texts[first]} and {second} in row {texts[second]}, but all rows are read as node"
        f" {options.node}. Map it instead (--map '{name}=node')"
    )


def _series(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that rows of several fuels, markets, directions and so on are read as one series."""
    is_one = options.node is not None and "metric" not in stated and "source" not in stated
    is_kind = _KINDS & set(words_of(name)) or all(set(words_of(text)) & _DIRECTIONS for text in texts)
    if not is_one or len(texts) < 2 or not is_kind or any(text.isdigit() for text in texts):
        return None
    first, second = list(texts)[:2]
    return (
        f"says {first} in row {texts[first]} and {second} in row {texts[second]}, but all rows are read as one series."
        f" Map it (--map '{name}=node', or =metric, or =source)"
    )


def _cancelled(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that a row says that its value does not hold."""
    text = next((text for text in texts if _CANCELLED & set(words_of(text))), None)
    return text and (
        f"says {text} in row {texts[text]}, but the values are read. Leave such rows out (--where-not '{name}={text}')"
    )


def _quality(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that the value of a row is not to be used, or that it is unknown whether it is."""
    return find_unusable(name, texts)


def _factor(name: str, texts: Mapping[str, int], stated: set[str], options: ReadOptions) -> str | None:
    """Return that a column states by what the values are to be multiplied."""
    words = set(words_of(name))
    if set(texts) <= {"+", "-", "−"} and (minus := next((text for text in texts if text != "+"), None)):
        return f"has the sign of the values ({minus} in row {texts[minus]}), but it is not read. Write it before them"
    if not (_FACTORS & words or {"power", "ten"} <= words):
        return None
    text = next((text for text in texts if re.fullmatch(r"-?\d+(?:[.,]\d+)?", text) and text not in ("1", "1.0")), None)
    return text and f"seems to be a factor ({text} in row {texts[text]}), but it is not read. Multiply the values by it"


_CHECKS: tuple[Callable[[str, Mapping[str, int], set[str], ReadOptions], str | None], ...] = (
    _kind, _unit, _length, _offset, _location, _series, _cancelled, _factor, _quality,
)  # fmt: skip


def _refuse_ends(
    name: str, texts: Mapping[str, int] | None, column: pa.Array, records: Records, path: Path, options: ReadOptions
) -> None:
    """Raise LoadError where a column such as `00:00 - 00:15` shows that the times are the ends of the intervals."""
    if options.times_are or "interval_end" in records.columns or not pa.types.is_string(column.type):
        return
    first = next((place for place, text in enumerate(column[:MAX_TEXTS].to_pylist()) if text), None)
    if first is None or not (match := _RANGE.fullmatch(column[first].as_py().strip())):
        return
    clocks = clock_times(records.columns, "interval_start")
    if len(clocks) <= first or not clocks[first].is_valid:
        return
    clock = f"{clocks[first].as_py():%H:%M}"
    start, end = (part.zfill(5).replace("24:00", "00:00") for part in match.groups())
    if clock == end != start:
        raise LoadError(
            f"{path}: row {records.row_number[first].as_py()} has {match[0]} in the column {name}, so its time {clock}"
            " is the end of the interval. Pass --times-are end, or --times-are start if the column has another meaning."
        )
