"""The hierarchy as a tree: grid, region, node, from left to right, in as many columns as keep it legible."""

import altair as alt
import pandas as pd

from warehouse.charts.calendar_layout import share_class, share_color
from warehouse.charts.captions import PARENTS, caption, counted, days, fits, known, zone_of
from warehouse.charts.colors import APART, INK, QUIET
from warehouse.session import ReadError

MOST_NODES = 300
ROWS = 56  # nodes in a column, as long as three columns do
COLUMN_WIDTHS = (640, 420, 320)  # pixels, by the number of columns
ROW_HEIGHT, TIGHT, LETTER = 16, 12, 6.2  # pixels
PLACES = (0.03, 0.36, 0.68)  # of a column's width: grid, region, node
KEYS = [list(PARENTS[: depth + 1]) for depth in range(3)]


def hierarchy(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Grids, their regions and their nodes as a tree.

    frame: one of `nodes` (names only), `series` (a dot is as large as its number of series) or `completeness` (coloured
    also by the share of intervals that have a value). Raises ReadError for more nodes than can be read.
    """
    fits(PARENTS, "nodes(), wh.series() or wh.completeness(...)", frame)
    leaves = _leaves(frame)
    if len(leaves) > MOST_NODES:
        raise ReadError(
            f"A tree of {len(leaves):,} nodes cannot be read, at most {MOST_NODES} can; name a grid or a region."
        )
    columns = min(len(COLUMN_WIDTHS), -(-len(leaves) // ROWS))
    width, rows = COLUMN_WIDTHS[columns - 1], -(-len(leaves) // columns)
    height = ROW_HEIGHT if rows <= ROWS else TIGHT
    leaves["column"] = [place // rows for place in range(len(leaves))]
    leaves["y"] = [(place % rows + 0.5) * height for place in range(len(leaves))]
    dots = pd.concat([_dots(leaves, depth, width) for depth in range(3)], ignore_index=True)
    size = {"width": columns * width, "height": rows * height}
    layers = _layers(dots, _links(dots), size, frame, width)
    return alt.layer(*layers).properties(**size, title=_title(frame, leaves, zone)).configure_view(stroke=None)


def _leaves(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per node, its siblings beside it, with `series` and, where they are counted, `present` and `expected`."""
    rows = frame.assign(**{column: frame[column].astype(str) for column in PARENTS})
    counted = {name: (name, "sum") for name in ("present", "expected") if name in frame}
    series = {"series": ("series_id", "nunique")} if "series_id" in frame else {"series": ("node_name", "nunique")}
    found = rows.groupby(KEYS[2], sort=False).agg(**series, **counted).reset_index()
    order = [found.groupby(keys, sort=False).ngroup() for keys in KEYS[:2]]
    return found.assign(g=order[0], r=order[1]).sort_values(["g", "r"], kind="stable", ignore_index=True)


def _dots(leaves: pd.DataFrame, depth: int, width: int) -> pd.DataFrame:
    """The dots of one level in every column, each at the middle of what hangs on it there; sums are of the whole."""
    keys = KEYS[depth]
    sums = [name for name in ("series", "present", "expected") if name in leaves]
    whole = leaves.groupby(keys, sort=False)[sums].sum().reset_index()
    ends = leaves.groupby(["column", *keys], sort=False)["y"].agg(["min", "max"]).reset_index()
    dots = ends.merge(whole, on=keys)
    dots["x"], dots["y"] = (dots["column"] + PLACES[depth]) * width, (dots["min"] + dots["max"]) / 2
    dots["is_continued"] = dots.duplicated(keys)
    dots["name"] = dots[keys[-1]].where(~dots["is_continued"], "(" + dots[keys[-1]] + ")")
    dots["path"] = [" / ".join(row) for row in dots[keys].to_numpy()]
    return dots.assign(depth=depth, level=PARENTS[depth].removesuffix("_name"))


def _links(dots: pd.DataFrame) -> pd.DataFrame:
    """Four corners for the way from each dot to the one that it hangs on."""
    corners = []
    for depth in (1, 2):
        keys = ["column", *KEYS[depth - 1]]
        above = dots.loc[dots["depth"] == depth - 1, [*keys, "x", "y"]]
        below = dots[dots["depth"] == depth].merge(above, on=keys, suffixes=("", "_above"))
        for row in below.itertuples():
            bend = row.x - 14
            way = [(row.x_above, row.y_above), (bend, row.y_above), (bend, row.y), (row.x, row.y)]
            link = f"{row.column} {row.path}"
            corners += [{"link": link, "step": step, "x": x, "y": y} for step, (x, y) in enumerate(way)]
    return pd.DataFrame(corners)


def _layers(dots: pd.DataFrame, links: pd.DataFrame, size: dict, frame: pd.DataFrame, width: int) -> list[alt.Chart]:
    x = alt.X("x:Q", axis=None).scale(domain=[0, size["width"]], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[size["height"], 0], nice=False)
    has_shares, has_series = "expected" in dots, "series_id" in frame
    told = [alt.Tooltip("level:N"), alt.Tooltip("path:N", title="place")]
    told += [alt.Tooltip("series:Q", format=",", title="series")] if has_series else []
    dots["more"] = ""
    color = alt.value(APART[0])
    if has_shares:
        dots["class"] = share_class(dots["present"], dots["expected"])
        dots["share"] = dots["present"] / dots["expected"].where(dots["expected"] > 0)
        dots["more"] = [_lack(share) for share in dots["share"]]
        color = share_color("intervals with a value")
        told += [alt.Tooltip("share:Q", format=".2%", title="intervals with a value")]
    elif has_series:
        dots["more"] = (" · " + dots["series"].astype(str)).where(dots["series"] > 1, "")
    # A long name is cut, what stands behind it is not.
    room = ((PLACES[1] - PLACES[0]) * width - 30) // LETTER
    dots["words"] = [
        _cut(name, int(room) - len(more)) + more for name, more in zip(dots["name"], dots["more"], strict=True)
    ]
    area = alt.Size("series:Q").scale(range=[45, 260], domain=[1, max(int(dots["series"].max()), 2)]).legend(None)
    way = alt.Chart(links).mark_line(color=QUIET, strokeWidth=1).encode(x=x, y=y, detail="link:N", order="step:O")
    base = alt.Chart(dots.drop(columns=["min", "max", "column"])).encode(x=x, y=y)
    dot = base.mark_circle(opacity=1, stroke=INK, strokeWidth=0.8).encode(color=color, size=area, tooltip=told)
    leaf = base.transform_filter("datum.depth == 2").mark_text(align="left", dx=9, fontSize=11)
    inner = base.transform_filter("datum.depth < 2").mark_text(
        align="left", dx=10, dy=-7, fontSize=11, fontWeight="bold"
    )
    return [way, dot, leaf.encode(text="words:N"), inner.encode(text="words:N")]


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _lack(share: float) -> str:
    """What is written behind a name that is not complete."""
    if pd.isna(share):
        return ""
    return "" if share >= 1 else f" {int(share * 1000) / 10:g} %"


def _title(frame: pd.DataFrame, leaves: pd.DataFrame, zone: str | None) -> alt.Title:
    counts = [leaves.groupby(keys).ngroups for keys in KEYS]
    words = [counted(count, level) for count, level in zip(counts, ("grid", "region", "node"), strict=True)]
    notes = []
    if "series_id" in frame:
        notes = [f"{frame['series_id'].nunique():,} series: the larger the dot, the more"]
    notes += ["in brackets: continued from the column before"] if len(leaves) > ROWS else []
    if "local_date" in frame:
        range_of_days = days(pd.Timestamp(frame["local_date"].min()), pd.Timestamp(frame["local_date"].max()))
        notes += [f"share of intervals with a value, local days {range_of_days}"]
    return caption(
        f"Hierarchy: {', '.join(words)}", *notes, known(frame, zone_of(frame, zone), "as it was when it was read")
    )
