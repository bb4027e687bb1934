"""The hierarchy as a tree: grid, region, node, from left to right, in as many columns as keep it legible."""

from typing import Any

import altair as alt
import pandas as pd

from warehouse.charts.calendar_layout import share_class, share_color
from warehouse.charts.captions import (
    PARENTS,
    as_of_caption,
    caption,
    count_noun,
    format_days,
    require_columns,
    resolve_time_zone,
)
from warehouse.charts.colors import DISTINCT_COLORS, GREY, INK
from warehouse.charts.layers import layer
from warehouse.charts.rendering import drawn_offline
from warehouse.errors import ReadError

MAX_NODES = 300
MAX_ROWS = 56  # nodes in a column, as long as three columns do
COLUMN_WIDTHS = (640, 420, 320)  # pixels, by the number of columns
ROW_HEIGHT, DENSE_ROW_HEIGHT, LETTER_WIDTH = 16, 12, 6.2  # pixels
LEVEL_OFFSETS = (0.03, 0.36, 0.68)  # of a column's width: grid, region, node
KEYS = [list(PARENTS[: depth + 1]) for depth in range(3)]


@drawn_offline
def hierarchy(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Draw grids, their regions and their nodes as a tree.

    Args:
        frame: The rows of `wh.nodes` (names only), `wh.series` (larger dots have more series) or `wh.completeness`
            (also coloured by the share of intervals with a value).
        zone: IANA time zone of the as-of time in the subtitle. By default that of the grid.

    Returns:
        A layered chart of up to 300 nodes, in up to three columns.

    Raises:
        ReadError: For more nodes than can be read, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> nodes = pd.DataFrame({"grid_name": "G", "region_name": "R", "node_name": ["N1", "N2"]})
        >>> charts.hierarchy(nodes).to_dict()["title"]["text"]
        'Hierarchy: 1 grid, 1 region, 2 nodes'
    """
    require_columns(PARENTS, "nodes(), wh.series() or wh.completeness(...)", frame)
    leaves = _leaves(frame)
    if len(leaves) > MAX_NODES:
        raise ReadError(
            f"{len(leaves):,} nodes are too many for this chart; {MAX_NODES} fit. Filter by grid or region."
        )
    columns = min(len(COLUMN_WIDTHS), -(-len(leaves) // MAX_ROWS))
    width, rows = COLUMN_WIDTHS[columns - 1], -(-len(leaves) // columns)
    height = ROW_HEIGHT if rows <= MAX_ROWS else DENSE_ROW_HEIGHT
    leaves["column"] = [position // rows for position in range(len(leaves))]
    leaves["y"] = [(position % rows + 0.5) * height for position in range(len(leaves))]
    dots = pd.concat([_dots(leaves, depth, width) for depth in range(3)], ignore_index=True)
    size = (columns * width, rows * height)
    layers = _layers(dots, _links(dots), size, frame, width)
    tree = layer(*layers, width=size[0], height=size[1], title=_title(frame, leaves, zone))
    return tree.configure_view(stroke=None)


def _leaves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per node, next to its siblings, with `series` and, where present, `present` and `expected`."""
    rows = frame.assign(**{column: frame[column].astype(str) for column in PARENTS})
    counts = {name: (name, "sum") for name in ("present", "expected") if name in frame}
    series = {"series": ("series_id", "nunique")} if "series_id" in frame else {"series": ("node_name", "nunique")}
    nodes = rows.groupby(KEYS[2], sort=False).agg(**series, **counts).reset_index()
    order = [nodes.groupby(keys, sort=False).ngroup() for keys in KEYS[:2]]
    return nodes.assign(g=order[0], r=order[1]).sort_values(["g", "r"], kind="stable", ignore_index=True)


def _dots(leaves: pd.DataFrame, depth: int, width: int) -> pd.DataFrame:
    """Return the dots of one level in every column, each in the middle of its children; sums are of all columns."""
    keys = KEYS[depth]
    sums = [name for name in ("series", "present", "expected") if name in leaves]
    whole = leaves.groupby(keys, sort=False)[sums].sum().reset_index()
    ends = leaves.groupby(["column", *keys], sort=False)["y"].agg(["min", "max"]).reset_index()
    dots = ends.merge(whole, on=keys)
    dots["x"], dots["y"] = (dots["column"] + LEVEL_OFFSETS[depth]) * width, (dots["min"] + dots["max"]) / 2
    dots["is_continued"] = dots.duplicated(keys)
    dots["name"] = dots[keys[-1]].where(~dots["is_continued"], "(" + dots[keys[-1]] + ")")
    dots["path"] = [" / ".join(row) for row in dots[keys].to_numpy()]
    return dots.assign(depth=depth, level=PARENTS[depth].removesuffix("_name"))


def _links(dots: pd.DataFrame) -> pd.DataFrame:
    """Return the four corners of the line from each dot to its parent."""
    corners = []
    for depth in (1, 2):
        keys = ["column", *KEYS[depth - 1]]
        above = dots.loc[dots["depth"] == depth - 1, [*keys, "x", "y"]]
        below = dots[dots["depth"] == depth].merge(above, on=keys, suffixes=("", "_above"))
        columns_needed = ["column", "path", "x", "y", "x_above", "y_above"]
        for column, path, x_end, y_end, x_start, y_start in below[columns_needed].to_numpy():
            bend = x_end - 14
            line = [(x_start, y_start), (bend, y_start), (bend, y_end), (x_end, y_end)]
            link = f"{column} {path}"
            corners += [{"link": link, "step": step, "x": x, "y": y} for step, (x, y) in enumerate(line)]
    return pd.DataFrame(corners)


def _layers(
    dots: pd.DataFrame, links: pd.DataFrame, size: tuple[int, int], frame: pd.DataFrame, width: int
) -> list[alt.Chart]:
    x = alt.X("x:Q", axis=None).scale(domain=[0, size[0]], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[size[1], 0], nice=False)
    has_shares, has_series = "expected" in dots, "series_id" in frame
    tooltip = [alt.Tooltip("level:N"), alt.Tooltip("path:N", title="location")]
    tooltip += [alt.Tooltip("series:Q", format=",", title="series")] if has_series else []
    dots["suffix"] = ""
    color: alt.Color | Any = alt.value(DISTINCT_COLORS[0])
    if has_shares:
        dots["class"] = share_class(dots["present"], dots["expected"])
        dots["share"] = dots["present"] / dots["expected"].where(dots["expected"] > 0)
        dots["suffix"] = [_missing_share(share) for share in dots["share"]]
        color = share_color("intervals with a value")
        tooltip += [alt.Tooltip("share:Q", format=".2%", title="intervals with a value")]
    elif has_series:
        dots["suffix"] = (" · " + dots["series"].astype(str)).where(dots["series"] > 1, "")
    # A long name is shortened; the suffix is not.
    width_in_letters = ((LEVEL_OFFSETS[1] - LEVEL_OFFSETS[0]) * width - 30) // LETTER_WIDTH
    dots["text"] = [
        _shorten(name, int(width_in_letters) - len(suffix)) + suffix
        for name, suffix in zip(dots["name"], dots["suffix"], strict=True)
    ]
    area = alt.Size("series:Q").scale(range=[45, 260], domain=[1, max(int(dots["series"].max()), 2)]).legend(None)
    line = alt.Chart(links).mark_line(color=GREY, strokeWidth=1).encode(x=x, y=y, detail="link:N", order="step:O")
    base = alt.Chart(dots.drop(columns=["min", "max", "column"])).encode(x=x, y=y)
    dot = base.mark_circle(opacity=1, stroke=INK, strokeWidth=0.8).encode(color=color, size=area, tooltip=tooltip)
    leaf = base.transform_filter("datum.depth == 2").mark_text(align="left", dx=9, fontSize=11)
    inner = base.transform_filter("datum.depth < 2").mark_text(
        align="left", dx=10, dy=-7, fontSize=11, fontWeight="bold"
    )
    return [line, dot, leaf.encode(text="text:N"), inner.encode(text="text:N")]


def _shorten(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _missing_share(share: float) -> str:
    """Return the share written after a name that is not complete."""
    if pd.isna(share):
        return ""
    return "" if share >= 1 else f" {int(share * 1000) / 10:g} %"


def _title(frame: pd.DataFrame, leaves: pd.DataFrame, zone: str | None) -> alt.Title:
    counts = [leaves.groupby(keys).ngroups for keys in KEYS]
    counted = [count_noun(count, level) for count, level in zip(counts, ("grid", "region", "node"), strict=True)]
    notes = []
    if "series_id" in frame:
        notes = [f"{frame['series_id'].nunique():,} series; a larger dot has more"]
    notes += ["in brackets: continued from the previous column"] if len(leaves) > MAX_ROWS else []
    if "local_date" in frame:
        range_of_days = format_days(pd.Timestamp(frame["local_date"].min()), pd.Timestamp(frame["local_date"].max()))
        notes += [f"share of intervals with a value, local days {range_of_days}"]
    return caption(
        f"Hierarchy: {', '.join(counted)}",
        *notes,
        as_of_caption(frame, resolve_time_zone(frame, zone), "as registered at the time of reading"),
    )
