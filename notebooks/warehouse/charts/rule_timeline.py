"""How rules fared over time: which passed, which failed, and since when."""

import altair as alt
import pandas as pd

from warehouse.charts.captions import caption, counted, fits, known, spoken, zone_of
from warehouse.charts.colors import INK, SHARES
from warehouse.charts.time_axis import clock_axis, milliseconds, moment, round_moments, round_step

WIDTH, ROW_HEIGHT = 380, 24  # beside long names and words, within a page
MOST_COLUMNS, FEWEST_COLUMNS = 30, 12  # of cells; fewer would be broad
GOOD = SHARES[0]


def gate_history(frame: pd.DataFrame, zone: str | None = None) -> alt.LayerChart:
    """Rule by time, as `gate_results` or `check_results` gave it: the share of judgements that failed, the worst first.

    A rule of `gate_results` is judged once for each load and metric, an expectation of `check_results` once a run.
    To the right of each stands since when it has been failing, or when it last did.
    """
    column = "expectation" if isinstance(frame, pd.DataFrame) and "expectation" in frame else "rule"
    fits([column, "is_passed", "checked_at"], "gate_results(...) or wh.check_results(...)", frame)
    zone = zone_of(frame, zone)
    rows = frame[[column, "is_passed", "checked_at"]].rename(columns={column: "rule"})
    rows = rows.assign(rule=rows["rule"].astype(str), failed=~rows["is_passed"].astype(bool))
    edges = _edges(rows["checked_at"].min(), rows["checked_at"].max(), zone)
    states = _states(rows, zone)
    failed = int(rows["failed"].sum())
    judged = counted(len(rows), "judgement")
    subject = f"Gates: {counted(len(states), column)}, {failed:,} of {judged} failed"
    notes = [f"times in {zone}", "number: how many failed in that time; blank: nothing was judged"]
    newest = f"newest judgement {moment(rows['checked_at'].max(), zone)}"
    size = {"width": WIDTH, "height": ROW_HEIGHT * len(states)}
    layers = _layers(_cells(rows, edges, zone), states, edges, zone)
    return alt.layer(*layers).properties(**size, title=caption(subject, *notes, known(frame, zone, newest)))


def _edges(first: pd.Timestamp, last: pd.Timestamp, zone: str) -> list[pd.Timestamp]:
    """The bounds of the columns: round on the clock of the zone, from before the first judgement to after the last."""
    step = round_step(first, last, MOST_COLUMNS - 2)
    edges = round_moments(first - max(step, FEWEST_COLUMNS * step - (last - first)), last + step, zone, MOST_COLUMNS)
    ends = [at for at in edges if at > last][:1] or [last + step]
    return [at for at in edges if at <= last] + ends


def _cells(rows: pd.DataFrame, edges: list[pd.Timestamp], zone: str) -> pd.DataFrame:
    """One row per rule and column in which it was judged: since, until, judged, failed, share."""
    starts = pd.DatetimeIndex(edges).tz_convert("UTC")
    place = starts.searchsorted(rows["checked_at"].dt.tz_convert("UTC"), side="right") - 1
    cells = rows.assign(place=place).groupby(["rule", "place"])["failed"].agg(judged="size", failed="sum").reset_index()
    cells["since"], cells["until"] = starts[cells["place"]], starts[cells["place"] + 1]
    cells["share"] = cells["failed"] / cells["judged"]
    cells["told"] = spoken(cells["since"], zone) + " to " + spoken(cells["until"], zone)
    return cells.assign(middle=cells["since"] + (cells["until"] - cells["since"]) / 2)


def _states(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    """One row per rule, those that fail now first: what stands beside it."""
    states = []
    for rule, judged in rows.groupby("rule"):
        moments = judged.groupby("checked_at")["failed"].any()
        failing = moments[::-1].cumprod().sum()  # how many of the newest moments, in a row
        failures = moments[moments].index
        if failing:
            rank, words = 0, f"fails since {moment(moments.index[-failing], zone)}"
        elif len(failures):
            rank, words = 1, f"last failed {moment(failures[-1], zone)}"
        else:
            rank, words = 2, f"passed all {len(judged):,}"
        states.append((rank, -int(judged["failed"].sum()), rule, words))
    return pd.DataFrame(sorted(states), columns=["rank", "failures", "rule", "words"])


def _layers(cells: pd.DataFrame, states: pd.DataFrame, edges: list[pd.Timestamp], zone: str) -> list[alt.Chart]:
    first, last = edges[0], edges[-1]
    order = states["rule"].tolist()
    scale = alt.Scale(type="utc", nice=False, domain=[milliseconds(first), milliseconds(last)])
    x = alt.X("since:T").scale(scale).axis(clock_axis(first, last, zone, "checked at", 6))
    y = alt.Y("rule:N", sort=order).scale(domain=order).axis(title=None, labelLimit=360, ticks=False)
    legend = alt.Legend(title="share failed", format="~%", orient="bottom", gradientLength=160, direction="horizontal")
    share = alt.Color("share:Q").scale(scheme="oranges", domain=[0, 1]).legend(legend)
    told = [
        alt.Tooltip("rule:N"),
        alt.Tooltip("told:N", title="checked"),
        alt.Tooltip("failed:Q", format=","),
        alt.Tooltip("judged:Q", format=","),
        alt.Tooltip("share:Q", format=".1%", title="share failed"),
    ]
    color = alt.condition("datum.failed > 0", share, alt.value(GOOD))
    base = alt.Chart(cells).encode(y=y)
    tile = base.mark_rect(stroke="white").encode(x=x, x2="until", color=color, tooltip=told)
    ink = alt.condition("datum.share > 0.6", alt.value("white"), alt.value(INK))
    number = base.transform_filter("datum.failed > 0").mark_text(fontSize=10, fontWeight="bold")
    number = number.encode(x="middle:T", text=alt.Text("failed:Q", format=","), color=ink)
    state = alt.Chart(states).mark_text(align="left", dx=8, fontSize=11)
    ink = alt.condition("datum.rank == 0", alt.value("#8c2d04"), alt.value(INK))
    return [tile, number, state.encode(x=alt.value(WIDTH), y=y, text="words:N", color=ink)]
