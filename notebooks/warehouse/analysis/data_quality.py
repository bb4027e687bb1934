"""Gaps, flagged values and failing rules, with where and since when."""

import pandas as pd
from IPython.display import Markdown

from warehouse.analysis.markdown import note, text
from warehouse.charts.captions import count_noun

SERIES = ["grid_name", "region_name", "node_name", "metric", "source", "resolution"]
NODE = ["grid_name", "region_name", "node_name"]


def without_partial_edges(days: pd.DataFrame, around: pd.DataFrame) -> pd.DataFrame:
    """Return the days with nothing missing on the first and last day of a series, as it starts and ends within them.

    days: rows of `wh.completeness`. around: the same for one more day on either side, so that the ends of a series can
    be distinguished from the ends of the range.
    """
    ends = around.groupby("series_id")["local_date"].agg(["min", "max"])
    first, last = (days["series_id"].map(ends[end]) for end in ("min", "max"))
    is_edge = (days["local_date"] == first) | (days["local_date"] == last)
    kept = days.assign(
        expected=days["expected"].where(~is_edge, days["present"] + days["withdrawn"]),
        missing=days["missing"].where(~is_edge, days["withdrawn"]),
    )
    kept.attrs = days.attrs
    return kept


def gaps(days: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series with missing intervals, the worst first.

    days: rows of `without_partial_edges`. Columns: the names, missing (intervals), withdrawn (of these), days (with
    missing intervals), since and until (the first and last of these days), days_behind (how many local days earlier the
    series ends than the others of its grid and metric).
    """
    incomplete = days[days["missing"] > 0].groupby("series_id")
    series = days.drop_duplicates("series_id").set_index("series_id")[SERIES].astype(str)
    series = series.join(
        incomplete.agg(
            missing=("missing", "sum"),
            withdrawn=("withdrawn", "sum"),
            days=("local_date", "nunique"),
            since=("local_date", "min"),
            until=("local_date", "max"),
        )
    )
    last = days.groupby("series_id")["local_date"].max().reindex(series.index)
    newest = last.groupby([series["grid_name"], series["metric"]]).transform("max")
    series["days_behind"] = (newest - last).dt.days
    counts = ["missing", "withdrawn", "days"]
    series[counts] = series[counts].fillna(0).astype(int)
    worst = series[(series["missing"] > 0) | (series["days_behind"] > 0)]
    return worst.sort_values(["missing", "days_behind"], ascending=False, kind="stable").reset_index(drop=True)


def summarize_flags(flags: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series and rule that it breaks, the worst first.

    flags: rows of `wh.flags`. Columns: the names, rule, revisions (that break it), newest (of these, the newest of
    their interval), since and until (the first and last such interval, UTC).
    """
    summary = flags.groupby([*SERIES, "rule"], observed=True).agg(
        revisions=("interval_start", "size"),
        newest=("is_latest", "sum"),
        since=("interval_start", "min"),
        until=("interval_start", "max"),
    )
    return summary.sort_values(["newest", "revisions"], ascending=False, kind="stable").reset_index()


def failing_rules(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rule whose newest results failed: rule, since, newest (time of the last result), failures.

    results: rows of `wh.gate_results` or `wh.check_results`; the rules of the latter are its expectations. `since` is
    the time of the first of the failures in a row.
    """
    column = "expectation" if "expectation" in results else "rule"
    rows = []
    for rule, of_rule in results.groupby(results[column].astype(str)):
        failed = (~of_rule["is_passed"].astype(bool)).groupby(of_rule["checked_at"]).sum()
        in_a_row = int((failed > 0)[::-1].cumprod().sum())
        if in_a_row:
            rows.append((rule, failed.index[-in_a_row], failed.index[-1], int(failed.iloc[-in_a_row:].sum())))
    return pd.DataFrame(rows, columns=["rule", "since", "newest", "failures"])


def excluded_loads(loads: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per load that is not in the marts: its status, size, load time, and the rules that it broke.

    loads: rows of `wh.loads`. results: rows of `wh.gate_results`.
    """
    broken = results[~results["is_passed"].astype(bool)]
    rules = broken.groupby("load_id")["rule"].agg(lambda names: ", ".join(sorted(set(map(str, names)))))
    excluded = loads[loads["status"] != "accepted"]
    columns = excluded[["load_id", "source", "uri", "status", "rows_read", "rows_rejected", "loaded_at"]]
    return columns.assign(broken_rules=columns["load_id"].map(rules).fillna("")).reset_index(drop=True)


def worst_nodes(days: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the rows of the `most` nodes with the largest share of missing intervals."""
    sums = days.groupby(NODE, observed=True)[["present", "expected"]].sum()
    worst = (sums["present"] / sums["expected"].clip(lower=1)).nsmallest(most).index
    kept = days[pd.MultiIndex.from_frame(days[NODE].astype(str)).isin(worst)]
    kept.attrs = days.attrs
    return kept


def table_or_note(rows: pd.DataFrame, otherwise: str, most: int = 20) -> pd.DataFrame | Markdown:
    """Return the first rows as a table, or a sentence without rows."""
    return rows.head(most) if len(rows) else note(otherwise)


def summarize_grids(missing: pd.DataFrame, flagged: pd.DataFrame, grids: list[str]) -> list[str]:
    """Return one sentence per grid in Markdown: which of its nodes have gaps or flags, and since when.

    missing: rows of `gaps`. flagged: rows of `summarize_flags`.
    """
    return [_summary(grid, *(rows[rows["grid_name"] == grid] for rows in (missing, flagged))) for grid in grids]


def _summary(grid: str, incomplete: pd.DataFrame, flagged: pd.DataFrame) -> str:
    parts = []
    missing, behind = incomplete[incomplete["missing"] > 0], incomplete[incomplete["days_behind"] > 0]
    if len(missing):
        worst = missing.iloc[0]
        parts.append(
            f"{missing['missing'].sum():,} intervals are missing at {_nodes(missing)} ({missing['withdrawn'].sum():,}"
            f" withdrawn), since {missing['since'].min():%d %b %Y}, most at {_name(worst)} ({worst['missing']:,})"
        )
    if len(behind):
        worst = behind.sort_values("days_behind", ascending=False, kind="stable").iloc[0]
        days = count_noun(int(worst["days_behind"]), "day")
        parts.append(f"the data end early at {_nodes(behind)}, at {_name(worst)} by {days}")
    if len(flagged):
        rules = ", ".join(f"**{text(rule)}**" for rule in sorted(flagged["rule"].astype(str).unique()))
        parts.append(
            f"{count_noun(int(flagged['revisions'].sum()), 'flag')} at {_nodes(flagged)} ({rules}),"
            f" {flagged['newest'].sum():,} of them on the newest value, since {flagged['since'].min():%d %b %Y}"
        )
    return f"**{text(grid)}**: {'; '.join(parts) or 'no gaps and no flags'}."


def _nodes(rows: pd.DataFrame) -> str:
    return count_noun(len(rows.drop_duplicates(NODE)), "node")


def _name(row: pd.Series) -> str:
    return text(f"{row['region_name']} / {row['node_name']}")
