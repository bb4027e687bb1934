"""The plotting backend of pandas for answers: `frame.plot()` draws the chart that fits."""

from importlib import import_module
from typing import Any

import pandas as pd

PANDAS_DEFAULT, BACKEND = "matplotlib", "warehouse.answers.plotting"
ANSWER_COLUMNS = {"interval_start", "grid_name", "is_passed"}  # an answer has one of these


def use_for_pandas() -> None:
    """Let `plot` of pandas draw answers, unless another backend than pandas' own was chosen."""
    if pd.get_option("plotting.backend") == PANDAS_DEFAULT:
        pd.set_option("plotting.backend", BACKEND)


def plot(data: Any, **options: Any) -> Any:
    """Draw a frame or a series of pandas: an answer as the chart that fits, anything else as pandas itself does.

    pandas calls this for `wh.latest(...).plot()`. With options, such as y and kind, matplotlib draws as usual.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    if chosen.pop("kind", "line") == "line" and not chosen and _is_answer(data):
        from warehouse import charts  # Altair is loaded with the first chart

        return charts.plot(data)
    return data.plot(**options, backend=PANDAS_DEFAULT)


def __getattr__(name: str) -> Any:
    """Leave `hist` and `boxplot` to pandas' own backend."""
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(import_module("pandas.plotting._matplotlib"), name)


def _is_answer(data: pd.DataFrame | pd.Series) -> bool:
    columns = list(data.columns) if isinstance(data, pd.DataFrame) else []
    return "call" in data.attrs or not ANSWER_COLUMNS.isdisjoint([*columns, *data.index.names])
