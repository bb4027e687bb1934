"""Write answers as workbooks, with times that Excel can take."""

import io
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from loaders.files import atomic_write
from warehouse.answers.info import AnswerInfo, answer_info, to_pandas
from warehouse.errors import ReadError

MAX_ROWS = 2**20 - 1  # of a sheet, below the header
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}  # a name such as "=1" stays a text


def to_excel(frame: Any, path: str | PathLike[str]) -> None:
    """Write an answer, or what was made of it, as a workbook for Excel.

    Excel has no time zones. Each time is written as it is shown, and its zone is in the header: `interval_start (UTC)`.

    Example:
        >>> wh.to_excel(wh.latest("2026-04-01", "2026-04-02", node="Node1"), "values.xlsx")

    Args:
        frame: An answer in any form, also after filtering, with `wide` or `resample`.
        path: The file, which ends with .xlsx. A file that is there already is replaced.

    Returns:
        Nothing. The workbook has a sheet "values", and a sheet "about" with the call, its arguments and its clocks.

    Raises:
        ReadError: The frame has too many rows for a sheet, or the file cannot be written. Nothing is written then.
    """
    place = Path(path)
    if place.suffix.lower() != ".xlsx":
        raise ReadError(f"{place.name!r} is no name of a workbook. Let it end with .xlsx.")
    values = to_pandas(frame)
    if not isinstance(values, pd.DataFrame):
        raise ReadError(f"A {type(frame).__name__} cannot be written. Pass an answer, such as wh.latest(...).")
    if len(values) > MAX_ROWS:
        raise ReadError(
            f"{len(values):,} rows are more than a sheet has ({MAX_ROWS:,}). Select less, or use to_parquet."
        )
    content = io.BytesIO()
    with pd.ExcelWriter(content, engine="xlsxwriter", engine_kwargs={"options": OPTIONS}) as book:
        for name, sheet in (("values", _without_zones(values)), ("about", _about(answer_info(frame)))):
            sheet.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
            book.sheets[name].autofit()
    try:
        atomic_write(place, content.getvalue())
    except OSError as error:
        raise ReadError(f"{place} cannot be written ({error.strerror}). Enter another path.") from None


def _without_zones(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its index as columns, and times without a zone, which their header has."""
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(named) if named else frame
    columns: dict[str, pd.Series] = {}
    for name, column in frame.items():
        zone = getattr(column.dtype, "tz", None)
        header = str(name) if zone is None else f"{name} ({zone})"
        columns[header] = column if zone is None else column.dt.tz_localize(None)
    return pd.DataFrame(columns)


def _about(info: AnswerInfo) -> pd.DataFrame:
    """Return the attributes of an answer as rows of name and value."""
    rows = [(str(name), _text(value)) for name, value in info.to_attrs().items() if value not in (None, {}, [])]
    return pd.DataFrame(rows, columns=["name", "value"])


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
