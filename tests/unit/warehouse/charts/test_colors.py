"""The colours of the charts can be seen on their background, and distinguished by colour-blind readers."""

from itertools import combinations

import numpy as np
import pytest
from warehouse.charts import colors
from warehouse.charts.interval_evolution import REVISION_KINDS
from warehouse.charts.rendering import LIGHT

SEEN, READ = 3.0, 4.5  # contrasts of lines and of text, by the Web Content Accessibility Guidelines
SMALLEST_DISTANCE = 0.07  # in OKLab, where a just noticeable difference is about 0.02
# What readers see who lack the red, green or blue receptors, by Machado, Oliveira and Fernandes (2009).
SIGHTS = {
    "usual": np.eye(3),
    "without red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "without green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "without blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}
ORANGES = "fdd8b3fdc998fdb87bfda55efc9244f87f2cf06b18e4580bd14904b93d029f3303"  # Vega's scale, in steps of a tenth
TO_CONES = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
TO_LAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]


def linear(color: str) -> np.ndarray:
    """Red, green and blue as amounts of light from 0 to 1."""
    parts = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: str, other: str, sight: str) -> float:
    seen = [np.clip(np.array(SIGHTS[sight]) @ linear(color), 0, 1) for color in (one, other)]
    first, second = (np.array(TO_LAB) @ np.cbrt(np.array(TO_CONES) @ light) for light in seen)
    return float(np.linalg.norm(first - second))


def test_lines_and_points_can_be_seen_on_the_background_of_all_charts() -> None:
    assert LIGHT["background"] == "white"
    kinds = [color for color, _ in REVISION_KINDS.values()]
    drawn = [*colors.DISTINCT_COLORS, *colors.shades(6), *kinds, colors.ACTUAL, colors.WITHDRAWN, colors.GREY]
    assert {color: round(contrast(color, "#ffffff"), 2) for color in drawn if contrast(color, "#ffffff") < SEEN} == {}


def test_text_can_be_read_on_the_background_and_on_the_bands() -> None:
    assert [back for back in ("#ffffff", *colors.BANDS) if contrast(colors.INK, back) < READ] == []


def test_text_can_be_read_in_every_cell_of_a_calendar() -> None:
    stops = [ORANGES[place : place + 6] for place in range(0, len(ORANGES), 6)]
    cells = {f"#{stop}": number / (len(stops) - 1) > colors.DARK_FROM for number, stop in enumerate(stops)}
    cells |= {share: number >= 4 for number, share in enumerate(colors.SHARES)}
    inks = {cell: colors.ON_DARK if is_dark else colors.ON_LIGHT for cell, is_dark in cells.items()}
    assert {cell: ink for cell, ink in inks.items() if contrast(cell, ink) < READ} == {}


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colours_of_lines_can_be_distinguished(sight: str) -> None:
    distances = {pair: distance(*pair, sight) for pair in combinations(colors.DISTINCT_COLORS, 2)}
    assert {pair: round(far, 3) for pair, far in distances.items() if far < SMALLEST_DISTANCE} == {}
