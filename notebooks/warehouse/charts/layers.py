"""Put charts together, into charts that are saved as pages which need no network."""

from pathlib import Path
from typing import IO, Any

import altair as alt

from warehouse.charts.rendering import to_html


class _SavedOffline(alt.TopLevelMixin):
    """Saves as Altair does, except that a page has all its scripts within it."""

    def save(  # type: ignore[override]  # the other arguments are options
        self, fp: str | Path | IO[Any], format: Any = None, **options: Any
    ) -> None:
        """Save the chart as a file: HTML, which is interactive without a network, or PNG, SVG, PDF, JSON.

        Args:
            fp: The name of the file, or a file that is open for writing.
            format: "html", "png", "svg", "pdf" or "json". By default the ending of the name.
            **options: Of `save` of Altair, for example scale_factor.
        """
        ending = Path(fp).suffix.removeprefix(".") if isinstance(fp, str | Path) else None
        if (format or ending) != "html":
            super().save(fp, format, **options)
        elif options:
            super().save(fp, format, **{"inline": True, **options})
        elif isinstance(fp, str | Path):
            Path(fp).write_text(to_html(self), encoding="utf-8")
        else:
            fp.write(to_html(self))

    def __and__(self, other: Any) -> "Column":
        return stack(self, other)

    def __or__(self, other: Any) -> "Row":
        return side_by_side(self, other)


class Layers(_SavedOffline, alt.LayerChart):
    """Charts on top of each other."""


class Column(_SavedOffline, alt.VConcatChart):
    """Charts below each other."""


class Row(_SavedOffline, alt.HConcatChart):
    """Charts side by side."""


def layer(
    *charts: alt.Chart, width: float, height: float, title: alt.Title | alt.typing.Optional[str] = alt.Undefined
) -> Layers:
    """Return the charts as layers of one panel, the first at the bottom."""
    layered = Layers(layer=list(charts))
    if title is alt.Undefined:
        return layered.properties(width=width, height=height)
    return layered.properties(width=width, height=height, title=title)


def stack(*panels: Any, **options: Any) -> Column:
    """Return the panels below each other."""
    return Column(vconcat=list(panels), **options)


def side_by_side(*panels: Any, **options: Any) -> Row:
    """Return the panels side by side."""
    return Row(hconcat=list(panels), **options)
