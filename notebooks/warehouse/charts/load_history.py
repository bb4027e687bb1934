"""Loads over time: how many rows each read, and its status."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import HEIGHT, WIDTH, caption, count_noun, format_times, omission_note, require_columns
from warehouse.charts.colors import DISTINCT_COLORS, WITHDRAWN
from warehouse.charts.layers import Layers, layer
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, utc_scale
from warehouse.errors import ReadError

NEEDED = ["load_id", "source", "status", "rows_read", "rows_inserted", "loaded_at"]
COUNTS = ("rows_read", "rows_inserted", "rows_duplicate", "rows_rejected")
# Colour and shape say the same.
STATUSES = {
    "accepted": (DISTINCT_COLORS[0], "circle"),
    "pending": (DISTINCT_COLORS[4], "diamond"),
    "held": (DISTINCT_COLORS[1], "triangle-up"),
    "withdrawn": (WITHDRAWN, "cross"),
}


@drawn_offline
def loads(frame: pd.DataFrame, zone: str | None = None) -> Layers:
    """Draw each load as a point: when it was loaded, how many rows it read, and its status.

    Args:
        frame: The rows of `wh.loads`.
        zone: IANA time zone of the axis. By default UTC.

    Returns:
        A layered chart; the axis of rows is logarithmic.

    Raises:
        ReadError: For a frame of another kind, or no load that has read rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> times = pd.date_range("2026-03-28", periods=2, freq="6h", tz="UTC")
        >>> rows = {"rows_read": [24, 48], "rows_inserted": [24, 40], "loaded_at": times}
        >>> frame = pd.DataFrame({"load_id": [1, 2], "source": "files", "status": ["accepted", "held"], **rows})
        >>> charts.loads(frame).to_dict()["title"]["text"]
        '2 loads: 1 accepted, 1 held'
    """
    require_columns(NEEDED, "loads(...)", frame)
    axis_zone = zone or "UTC"
    is_drawn = frame["loaded_at"].notna() & (frame["rows_read"] > 0)
    if not is_drawn.any():
        raise ReadError("There is nothing to draw: no load has read rows. Choose other loads.")
    further = [name for name in ("uri", *COUNTS) if name in frame and name not in NEEDED]
    rows = frame.loc[is_drawn, [*NEEDED, *further]].assign(status=frame["status"].astype(str))
    rows["loaded_text"] = format_times(rows["loaded_at"], axis_zone)
    counts = frame["status"].astype(str).value_counts()
    statuses = [status for status in STATUSES if status in counts.index]
    colors, shapes = zip(*(STATUSES[status] for status in statuses), strict=True)
    legend = alt.Legend(title=None, orient="top")
    start, end = rows["loaded_at"].min(), rows["loaded_at"].max()
    margin = max(0.03 * (end - start), pd.Timedelta(minutes=10))
    start, end = start - margin, end + margin
    x = alt.X("loaded_at:T").scale(utc_scale(start, end)).axis(clock_axis(start, end, axis_zone, "loaded at"))
    y = alt.Y("rows_read:Q").scale(type="log").axis(format=",", tickCount=5).title("rows read (logarithmic)")
    tooltip = [
        alt.Tooltip("load_id:Q", title="load"),
        alt.Tooltip("loaded_text:N", title="loaded at"),
        *[alt.Tooltip(f"{name}:N") for name in ("source", "uri", "status") if name in rows],
        *[alt.Tooltip(f"{name}:Q", format=",", title=name.replace("_", " ")) for name in COUNTS if name in rows],
    ]
    points = (
        alt.Chart(rows)
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("status:N").scale(domain=statuses, range=list(colors)).legend(legend),
            shape=alt.Shape("status:N").scale(domain=statuses, range=list(shapes)).legend(legend),
            tooltip=tooltip,
        )
    )
    subject = f"{count_noun(len(frame), 'load')}: " + ", ".join(f"{counts[status]:,} {status}" for status in statuses)
    left_out = int((~is_drawn).sum())
    notes = [
        f"times in {axis_zone}",
        f"{rows['rows_read'].sum():,} rows read, {rows['rows_inserted'].sum():,} inserted",
        omission_note([f"{count_noun(left_out, 'load')} without rows"] if left_out else []),
    ]
    return layer(points, width=WIDTH, height=HEIGHT, title=caption(subject, *notes))
