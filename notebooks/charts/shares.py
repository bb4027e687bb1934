"""How complete something is, in classes that a legend can name."""

import altair as alt
import numpy as np
import pandas as pd

from .palette import SHARES

COMPLETE, NOTHING = "complete", "nothing"
CLASSES = [COMPLETE, "99 % or more", "90 % or more", "50 to 90 %", "below 50 %", NOTHING]


def share_class(present: pd.Series, expected: pd.Series) -> pd.Series:
    """The class of each share present / expected; only what lacks nothing is complete."""
    share = present / expected.where(expected > 0)
    bounds = [present >= expected, share >= 0.99, share >= 0.9, share >= 0.5, present > 0]
    return pd.Series(np.select(bounds, CLASSES[:-1], NOTHING), index=present.index)


def share_color(title: str) -> alt.Color:
    """Darker is worse."""
    legend = alt.Legend(
        title=title, orient="right", labelLimit=0, titleLimit=0, symbolType="square", symbolStrokeColor="#777777"
    )
    return alt.Color("class:N").scale(domain=CLASSES, range=SHARES).legend(legend)
