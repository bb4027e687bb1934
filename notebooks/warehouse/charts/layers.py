"""Put charts on top of each other, with the types that Altair's own function loses."""

import altair as alt


def layer(
    *charts: alt.Chart, width: float, height: float, title: alt.Title | alt.typing.Optional[str] = alt.Undefined
) -> alt.LayerChart:
    """Return the charts as layers of one panel, the first at the bottom."""
    layered = alt.LayerChart(layer=list(charts))
    if title is alt.Undefined:
        return layered.properties(width=width, height=height)
    return layered.properties(width=width, height=height, title=title)
