"""Describe an answer: which call it is from, as of when, of which loads and in which time zones."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

METADATA_KEY = "warehouse"
MAX_LOADS = 20  # ids that an answer carries


@dataclass(frozen=True, kw_only=True)
class AnswerInfo:
    """What an answer is about. All times are ISO 8601 texts in UTC, so that it can be written to Parquet.

    call: the read function. requested: its arguments, as texts. as_of and loaded: knowledge and system time, None for
    now. start and end: the range that was read. calendar_zone: on whose calendar the days, months and words of the call
    are, None if it has none. read_at: the server's clock; `as_of(..., loaded=read_at)` repeats an answer. loads: the
    newest loads of the rows, at most 20, or of all that counted where the rows have no load_id; load_count: how many
    there are. rows, series and locations: how many; time_zones: of the grids. incomplete: how many resampled rows have
    no value, because intervals of theirs are missing. units: of the columns of a wide answer. reason: why there are no
    rows.
    """

    call: str = ""
    requested: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    loaded: str | None = None
    start: str | None = None
    end: str | None = None
    calendar_zone: str | None = None
    read_at: str | None = None
    loads: tuple[int, ...] = ()
    load_count: int = 0
    time_zones: tuple[str, ...] = ()
    rows: int = 0
    series: int | None = None
    locations: int | None = None
    incomplete: int | None = None
    units: Mapping[str, str] | None = None
    reason: str | None = None

    @property
    def as_of_time(self) -> pd.Timestamp | None:
        """The knowledge time that was requested, or else the time of reading, in UTC; None if neither is recorded."""
        text = self.as_of or self.read_at
        return pd.Timestamp(text).tz_convert("UTC") if text else None

    def to_attrs(self) -> dict[Hashable, Any]:
        """Return the fields as plain values, for `frame.attrs`."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        return {name: value for name, value in plain.items() if value is not None or name in ("as_of", "loaded")}


def newest_loads(table: pa.Table) -> tuple[tuple[int, ...], int]:
    """Return the newest loads of the rows of a table, in order, and how many there are."""
    ids = sorted(pc.unique(table["load_id"]).to_pylist())
    return tuple(ids[-MAX_LOADS:]), len(ids)


def answer_info(answer: "pd.DataFrame | pa.Table | AnswerInfo") -> AnswerInfo:
    """Return what an answer is about: the call, its arguments, its clocks and its loads.

    pandas drops `attrs` in many operations. Keep the AnswerInfo of the first frame and pass it on where that matters.

    Args:
        answer: A frame or an Arrow table of a read function, or an AnswerInfo, which is returned as it is.

    Returns:
        The AnswerInfo. Its fields are empty where the frame lost its `attrs`.

    Example:
        >>> wh.answer_info(wh.latest("2026-04-01", "2026-04-02", node="Node1")).call
        'latest'
    """
    if isinstance(answer, AnswerInfo):
        return answer
    if isinstance(answer, pa.Table):
        text = (answer.schema.metadata or {}).get(METADATA_KEY.encode())
        return _from_attrs(json.loads(text) if text else {})
    return _from_attrs({str(name): value for name, value in answer.attrs.items()})


def to_pandas(answer: Any) -> Any:
    """Return the pandas frame of a Polars or Arrow answer; anything else as it is."""
    if isinstance(answer, pa.Table):
        frame = answer.to_pandas()
        frame.attrs = answer_info(answer).to_attrs()
        return frame
    if type(answer).__module__.partition(".")[0] == "polars" and hasattr(answer, "to_pandas"):
        return answer.to_pandas()
    return answer


def _from_attrs(attrs: Mapping[str, Any]) -> AnswerInfo:
    names = {each.name for each in fields(AnswerInfo)}
    values: dict[str, Any] = {name: value for name, value in attrs.items() if name in names}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return AnswerInfo(**{**values, **lists})
