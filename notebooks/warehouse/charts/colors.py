"""Colours that stay apart for colour-blind eyes and in grey; what a colour says, shape, dash or text says too."""

import pandas as pd

# Okabe and Ito's, darkest first.
APART = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"]
DASHES = [[1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 1]]
ACTUAL = "#d55e00"
WITHDRAWN = "#555555"
QUIET = "#bbbbbb"
INK = "#333333"
CROSS = "\u00d7"  # what was withdrawn, or is not there
# From complete to nothing: darker is worse.
SHARES = ["#cfe3f2", "#fdf0c4", "#fdbe70", "#ec7a3c", "#a62c14", "#1a1a1a"]
BANDS = ["#e3f0e8", "#eef3dc", "#faf1d2", "#f7e0cf", "#eccfcf"]
PALEST, DARKEST = (0xB9, 0xD3, 0xEA), (0x08, 0x30, 0x6B)


def shades(count: int) -> list[str]:
    """So many blues from pale to dark; one alone is dark."""
    steps = [1.0] if count == 1 else [number / (count - 1) for number in range(count)]
    mixed = [[round(pale + (dark - pale) * step) for pale, dark in zip(PALEST, DARKEST, strict=True)] for step in steps]
    return ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in mixed]


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
