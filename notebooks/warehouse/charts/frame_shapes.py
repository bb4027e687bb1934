"""Bring what analysts make of an answer into the shape of an answer: one row per series and interval."""

from typing import Any

import pandas as pd

from warehouse.answers.info import to_pandas
from warehouse.errors import ReadError

TIME, VALUE, LINE = "interval_start", "value", "series"
UNKNOWN_UNIT = "value (the frame has no unit)"


def to_long(answer: Any) -> Any:
    """Return an answer with the columns interval_start and value, where its index, its name or its columns have them.

    A series of pandas, an index of times, a column for each line, and local times are understood; all else stays. Days
    and other intervals that are not complete have no value, and are left out.
    """
    frame = answer.to_frame(answer.name or VALUE) if isinstance(answer, pd.Series) else to_pandas(answer)
    if not isinstance(frame, pd.DataFrame):
        return frame
    attrs = answer.attrs if isinstance(answer, pd.Series) else frame.attrs
    frame = _without_index(frame)
    if TIME not in frame:
        return frame
    if pd.api.types.is_datetime64_dtype(frame[TIME]):
        raise ReadError("The times of this frame have no time zone. Add one with .dt.tz_localize or .tz_localize.")
    if VALUE not in frame:
        frame = _stacked(frame)
        if LINE in frame and "units" in attrs:
            frame = frame.assign(unit=frame[LINE].map(attrs["units"]).fillna(UNKNOWN_UNIT))
    if {"intervals", "intervals_expected"} <= set(frame):
        frame = frame[frame["intervals"] >= frame["intervals_expected"]]
    frame.attrs = attrs
    return frame


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the levels of its index as columns; the one of times is the start of the intervals."""
    times = [
        level
        for level in range(frame.index.nlevels)
        if TIME not in frame and isinstance(frame.index.get_level_values(level), pd.DatetimeIndex)
    ]
    names = [TIME if level in times[:1] else name for level, name in enumerate(frame.index.names)]
    frame = frame.set_axis(frame.index.set_names(names))
    kept = [name for name in names if name is not None and name not in frame]
    return frame.reset_index(level=kept) if kept else frame


def _stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per line and time, where the columns are lines; a single column of numbers is the value."""
    texts = [name for name in frame if name != TIME and not pd.api.types.is_numeric_dtype(frame[name])]
    numbers = [name for name in frame if name != TIME and name not in texts]
    if not numbers or texts:
        return frame.rename(columns={numbers[0]: VALUE}) if len(numbers) == 1 else frame
    named = frame.set_axis([_text(name) for name in frame], axis=1)
    if len(numbers) == 1:
        named = named.assign(**{LINE: _text(numbers[0])}).rename(columns={_text(numbers[0]): VALUE})
    else:
        named = named.melt(TIME, var_name=LINE, value_name=VALUE)
    return named.dropna(subset=[VALUE])  # what is missing has no row in an answer


def _text(name: Any) -> str:
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
