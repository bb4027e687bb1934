"""Colours that colour-blind readers can tell apart; shape, dash or text always says the same as a colour.

Charts are on white in light and dark pages. Lines and points have a contrast of at least 3 to it.
"""

import pandas as pd

# Four colours of Okabe and Ito, which are dark enough for lines on white, and a dark red that differs from them.
DISTINCT_COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#661133"]
DASHES = [[1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 1]]
ACTUAL = "#d55e00"
WITHDRAWN = "#555555"
GREY = "#8f8f8f"
INK = "#333333"
ON_LIGHT, ON_DARK = "#000000", "#ffffff"  # text in a coloured cell
DARK_FROM = 0.8  # share of Vega's scale of oranges from which white is read better than black
CROSS = "\u00d7"  # marks a withdrawn value, or a day without values
# From complete to nothing: darker is worse.
SHARES = ["#cfe3f2", "#fdf0c4", "#fdbe70", "#ec7a3c", "#a62c14", "#1a1a1a"]
BANDS = ["#e3f0e8", "#eef3dc", "#faf1d2", "#f7e0cf", "#eccfcf"]
LIGHTEST, DARKEST = (0x66, 0x97, 0xCB), (0x08, 0x30, 0x6B)
USUAL_SHARE, OUTLIER_RATIO = 0.98, 3  # a value above this multiple of the usual share's quantile is an outlier


def shades(count: int) -> list[str]:
    """Return `count` blues from light to dark; a single one is dark."""
    steps = [1.0] if count == 1 else [number / (count - 1) for number in range(count)]
    mixed = [
        [round(light + (dark - light) * step) for light, dark in zip(LIGHTEST, DARKEST, strict=True)] for step in steps
    ]
    return ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in mixed]


def color_limit(sizes: pd.Series) -> float:
    """Return the size from which the colour stays the same: the largest, or the usual one where that is far below."""
    positive = sizes.dropna()
    positive = positive[positive > 0]
    if positive.empty:
        return 1.0
    usual, largest = float(positive.quantile(USUAL_SHARE)), float(positive.max())
    return usual if largest > OUTLIER_RATIO * usual else largest


def color_limit_notes(sizes: pd.Series, unit: str) -> list[str]:
    """Return a note for the subtitle where some sizes are above the limit of the colours."""
    limit, largest = color_limit(sizes), float(sizes.max())
    with_unit = f"{format_size(limit)} {unit}".strip()
    return [f"darkest: {with_unit} or more, up to {format_size(largest)}"] if largest > limit else []


def format_size(size: float) -> str:
    """Return a size with three digits, or all of a whole number above that; never an exponent for a large one."""
    return f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
