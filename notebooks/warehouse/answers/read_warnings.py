"""Warn where an answer is not what its caller may take it for."""

import sys
import warnings
from pathlib import Path

from warehouse.answers.info import AnswerInfo
from warehouse.connection import is_service
from warehouse.errors import ReadWarning

PACKAGE = str(Path(__file__).parents[1])


def warn_about(info: AnswerInfo) -> None:
    """Warn of no rows and of rows without a value, at the line that called. The service leaves it to its clients."""
    if is_service():
        return
    if info.reason is not None:
        _warn(f"0 rows. {info.reason}")
    if info.incomplete:
        _warn(
            f"{info.incomplete:,} of {info.rows:,} rows have no value, because intervals of theirs are missing. "
            "See the columns intervals and intervals_expected."
        )


def _warn(text: str) -> None:
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, ReadWarning, stacklevel=level)
