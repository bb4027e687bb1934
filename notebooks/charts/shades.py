"""How far a colour reaches, so that one impossible value does not leave all others pale."""

import pandas as pd

USUAL, FAR = 0.98, 3  # this share of the sizes is usual; what is so many times as large is an outlier


def reach(sizes: pd.Series) -> float:
    """The size from which on all are drawn alike: the largest, or what is usual where that is far below; above zero."""
    known = sizes.dropna()
    known = known[known > 0]
    if known.empty:
        return 1.0
    usual, largest = float(known.quantile(USUAL)), float(known.max())
    return usual if largest > FAR * usual else largest


def beyond(sizes: pd.Series, unit: str) -> list[str]:
    """The note that says so, where some sizes are beyond reach."""
    limit, largest = reach(sizes), sizes.max()
    words = f"{_number(limit)} {unit}".strip()
    return [f"darkest: {words} or more, up to {_number(largest)}"] if largest > limit else []


def _number(size: float) -> str:
    return f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
