"""A chart where there is something to draw, a sentence where there is not."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from IPython.display import Markdown


def draw(chart: Callable[..., Any], frame: pd.DataFrame, *more: Any, otherwise: str, **options: Any) -> Any:
    """The chart of the frame; without rows, `otherwise`, which says why there is none."""
    return Markdown(f"*{otherwise}*") if frame.empty else chart(frame, *more, **options)


def asked_as_of(as_of: str | None, loaded: str | None) -> Markdown:
    """On which clocks a notebook answers."""
    if as_of is None and loaded is None:
        return Markdown("As known **now**, by what the warehouse holds now.")
    return Markdown(f"As known at **{as_of or 'any time'}**, by what was loaded until **{loaded or 'now'}**.")
