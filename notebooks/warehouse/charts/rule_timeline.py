"""Results of quality rules over time: which passed, which failed, and since when."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import (
    as_of_caption,
    caption,
    count_noun,
    format_times,
    require_columns,
    resolve_time_zone,
    time_zone_note,
)
from warehouse.charts.colors import DARK_FROM, INK, ON_DARK, ON_LIGHT, SHARES
from warehouse.charts.layers import layer
from warehouse.charts.rendering import drawn_offline
from warehouse.charts.time_axis import clock_axis, format_time, round_step, round_times, utc_scale

WIDTH, ROW_HEIGHT = 380, 24  # next to long names and texts, within a page
MAX_COLUMNS, MIN_COLUMNS = 30, 12  # of cells; fewer would be too wide
GOOD = SHARES[0]


@drawn_offline
def gate_history(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Draw rule by time: the share of results that failed, the worst rule first.

    A rule of `wh.gate_results` has a result per load and metric, an expectation of `wh.check_results` one per run. The
    text on the right says since when a rule has been failing, or when it last failed.

    Args:
        frame: The rows of `wh.gate_results` or `wh.check_results`.
        zone: IANA time zone of the axis. By default UTC.

    Returns:
        A layered chart with one row per rule.

    Raises:
        ReadError: For a frame of another kind, or no rows.

    Example:
        >>> import pandas as pd
        >>> from warehouse import charts
        >>> times = pd.date_range("2026-03-28", periods=2, freq="6h", tz="UTC")
        >>> frame = pd.DataFrame({"rule": "range", "is_passed": [True, False], "checked_at": times})
        >>> charts.gate_history(frame).to_dict()["title"]["text"]
        'Checks: 1 rule, 1 of 2 results failed'
    """
    column = "expectation" if isinstance(frame, pd.DataFrame) and "expectation" in frame else "rule"
    require_columns([column, "is_passed", "checked_at"], "gate_results(...) or wh.check_results(...)", frame)
    axis_zone = resolve_time_zone(frame, zone)
    rows = frame[[column, "is_passed", "checked_at"]].rename(columns={column: "rule"})
    rows = rows.assign(rule=rows["rule"].astype(str), failed=~rows["is_passed"].astype(bool))
    edges = _edges(rows["checked_at"].min(), rows["checked_at"].max(), axis_zone)
    states = _states(rows, axis_zone)
    failed = int(rows["failed"].sum())
    subject = f"Checks: {count_noun(len(states), column)}, {failed:,} of {count_noun(len(rows), 'result')} failed"
    zone_note = f"times in {axis_zone}" if zone or axis_zone == "UTC" else time_zone_note(frame, axis_zone)
    notes = [zone_note, "number: failures in that time; blank: no results"]
    newest = f"newest result {format_time(rows['checked_at'].max(), axis_zone)}"
    title = caption(subject, *notes, as_of_caption(frame, axis_zone, newest))
    layers = _layers(_cells(rows, edges, axis_zone), states, edges, axis_zone)
    return layer(*layers, width=WIDTH, height=ROW_HEIGHT * len(states), title=title)


def _edges(first: pd.Timestamp, last: pd.Timestamp, zone: str) -> list[pd.Timestamp]:
    """Return the bounds of the columns: round in local time, from before the first result to after the last."""
    step = round_step(first, last, MAX_COLUMNS - 2)
    edges = round_times(first - max(step, MIN_COLUMNS * step - (last - first)), last + step, zone, MAX_COLUMNS)
    ends = [at for at in edges if at > last][:1] or [last + step]
    return [at for at in edges if at <= last] + ends


def _cells(rows: pd.DataFrame, edges: list[pd.Timestamp], zone: str) -> pd.DataFrame:
    """Return one row per rule and column with results: since, until, results, failed, share."""
    starts = pd.DatetimeIndex(edges).tz_convert("UTC")
    position = starts.searchsorted(rows["checked_at"].dt.tz_convert("UTC"), side="right") - 1
    cells = (
        rows.assign(position=position)
        .groupby(["rule", "position"])["failed"]
        .agg(results="size", failed="sum")
        .reset_index()
    )
    cells["since"], cells["until"] = starts[cells["position"]], starts[cells["position"] + 1]
    cells["share"] = cells["failed"] / cells["results"]
    cells["period"] = format_times(cells["since"], zone) + " to " + format_times(cells["until"], zone)
    return cells.assign(middle=cells["since"] + (cells["until"] - cells["since"]) / 2)


def _states(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return one row per rule with the text next to it, those that fail now first."""
    states = []
    for rule, results in rows.groupby("rule"):
        by_time = results.groupby("checked_at")["failed"].any()
        failing = int(by_time[::-1].cumprod().sum())  # how many of the newest results in a row
        failures = by_time[by_time].index
        if failing:
            rank, text = 0, f"failing since {format_time(by_time.index[-failing], zone)}"
        elif len(failures):
            rank, text = 1, f"last failed {format_time(failures[-1], zone)}"
        else:
            rank, text = 2, f"all passed: {len(results):,}"
        states.append((rank, -int(results["failed"].sum()), rule, text))
    return pd.DataFrame(sorted(states), columns=["rank", "failures", "rule", "text"])


def _layers(cells: pd.DataFrame, states: pd.DataFrame, edges: list[pd.Timestamp], zone: str) -> list[alt.Chart]:
    first, last = edges[0], edges[-1]
    order = states["rule"].tolist()
    x = alt.X("since:T").scale(utc_scale(first, last)).axis(clock_axis(first, last, zone, "checked at", 6))
    y = alt.Y("rule:N", sort=order).scale(domain=order).axis(title=None, labelLimit=360, ticks=False)
    legend = alt.Legend(title="share failed", format="~%", orient="bottom", gradientLength=160, direction="horizontal")
    share = alt.Color("share:Q").scale(scheme="oranges", domain=[0, 1]).legend(legend)
    tooltip = [
        alt.Tooltip("rule:N"),
        alt.Tooltip("period:N", title="checked"),
        alt.Tooltip("failed:Q", format=","),
        alt.Tooltip("results:Q", format=","),
        alt.Tooltip("share:Q", format=".1%", title="share failed"),
    ]
    color = alt.condition("datum.failed > 0", share, alt.value(GOOD))
    base = alt.Chart(cells).encode(y=y)
    tile = base.mark_rect(stroke="white").encode(x=x, x2="until", color=color, tooltip=tooltip)
    ink = alt.condition(f"datum.share > {DARK_FROM}", alt.value(ON_DARK), alt.value(ON_LIGHT))
    number = base.transform_filter("datum.failed > 0").mark_text(fontSize=10, fontWeight="bold")
    number = number.encode(x="middle:T", text=alt.Text("failed:Q", format=","), color=ink)
    state = alt.Chart(states).mark_text(align="left", dx=8, fontSize=11)
    ink = alt.condition("datum.rank == 0", alt.value("#8c2d04"), alt.value(INK))
    return [tile, number, state.encode(x=alt.value(WIDTH), y=y, text="text:N", color=ink)]
