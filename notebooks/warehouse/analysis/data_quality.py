"""What is lacking and what looks wrong: gaps, flags and rules, each with where and since when."""

import pandas as pd
from IPython.display import Markdown

from warehouse.charts.captions import counted

SERIES = ["grid_name", "region_name", "node_name", "metric", "source"]
NODE = ["grid_name", "region_name", "node_name"]


def settled(days: pd.DataFrame, around: pd.DataFrame) -> pd.DataFrame:
    """The same days, with nothing expected on a series' own first and last day but what came: there it begins and ends.

    days: what `wh.completeness` returns; around: the same for a day more on either side, which tells where a series
    begins and ends from where the range does.
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
    """One row per series that lacks something, the worst first.

    days: as `settled` gives them. Columns: the names, missing (intervals), withdrawn (of these, taken back), days (on
    which something is missing), since and until (the first and last of these), days_behind (how many local days earlier
    than the others of its grid and metric the series ends).
    """
    lacking = days[days["missing"] > 0].groupby("series_id")
    found = days.drop_duplicates("series_id").set_index("series_id")[SERIES].astype(str)
    found = found.join(
        lacking.agg(
            missing=("missing", "sum"),
            withdrawn=("withdrawn", "sum"),
            days=("local_date", "nunique"),
            since=("local_date", "min"),
            until=("local_date", "max"),
        )
    )
    last = days.groupby("series_id")["local_date"].max().reindex(found.index)
    newest = last.groupby([found["grid_name"], found["metric"]]).transform("max")
    found["days_behind"] = (newest - last).dt.days
    counts = ["missing", "withdrawn", "days"]
    found[counts] = found[counts].fillna(0).astype(int)
    worst = found[(found["missing"] > 0) | (found["days_behind"] > 0)]
    return worst.sort_values(["missing", "days_behind"], ascending=False, kind="stable").reset_index(drop=True)


def flagged(flags: pd.DataFrame) -> pd.DataFrame:
    """One row per series and rule that it breaks, the worst first.

    flags: what `wh.flags` returns. Columns: the names, rule, revisions (that break it), still (of these, the newest of
    their interval), since and until (the first and last such interval, UTC).
    """
    found = flags.groupby([*SERIES, "rule"], observed=True).agg(
        revisions=("interval_start", "size"),
        still=("is_latest", "sum"),
        since=("interval_start", "min"),
        until=("interval_start", "max"),
    )
    return found.sort_values(["still", "revisions"], ascending=False, kind="stable").reset_index()


def failing(results: pd.DataFrame) -> pd.DataFrame:
    """One row per rule whose newest judgements failed: rule, since, newest (when it was last judged), failures.

    results: what `gate_results` or `check_results` returns; the rules of the latter are its expectations. Rules are
    judged load by load, so since is when the first of the failing judgements in a row was made.
    """
    column = "expectation" if "expectation" in results else "rule"
    found = []
    for rule, judged in results.groupby(results[column].astype(str)):
        failed = (~judged["is_passed"].astype(bool)).groupby(judged["checked_at"]).sum()
        in_a_row = int((failed > 0)[::-1].cumprod().sum())
        if in_a_row:
            found.append((rule, failed.index[-in_a_row], failed.index[-1], int(failed.iloc[-in_a_row:].sum())))
    return pd.DataFrame(found, columns=["rule", "since", "newest", "failures"])


def not_counted(loads: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """One row per load that is in no mart: its status, size, when it came, and the rules that it broke.

    loads: what `wh.loads` returns; results: what `wh.gate_results` returns.
    """
    broken = results[~results["is_passed"].astype(bool)]
    rules = broken.groupby("load_id")["rule"].agg(lambda names: ", ".join(sorted(set(map(str, names)))))
    waiting = loads[loads["status"] != "accepted"]
    shown = waiting[["load_id", "source", "uri", "status", "rows_read", "rows_rejected", "loaded_at"]]
    return shown.assign(broken_rules=shown["load_id"].map(rules).fillna("")).reset_index(drop=True)


def worst_nodes(days: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of what `completeness` returns that are about the `most` nodes which lack the largest share."""
    sums = days.groupby(NODE, observed=True)[["present", "expected"]].sum()
    chosen = (sums["present"] / sums["expected"].clip(lower=1)).nsmallest(most).index
    kept = days[pd.MultiIndex.from_frame(days[NODE].astype(str)).isin(chosen)]
    kept.attrs = days.attrs
    return kept


def shown(rows: pd.DataFrame, otherwise: str, most: int = 20) -> pd.DataFrame | Markdown:
    """The first rows as a table, or a sentence where there are none."""
    return rows.head(most) if len(rows) else Markdown(otherwise)


def verdict(lacking: pd.DataFrame, doubtful: pd.DataFrame, grids: list[str]) -> list[str]:
    """One sentence per grid: which of its nodes have gaps or flags, and since when.

    lacking: as `gaps` gives it; doubtful: as `flagged` gives it.
    """
    return [_verdict(grid, *(rows[rows["grid_name"] == grid] for rows in (lacking, doubtful))) for grid in grids]


def _verdict(grid: str, lacking: pd.DataFrame, doubtful: pd.DataFrame) -> str:
    said = []
    missing, behind = lacking[lacking["missing"] > 0], lacking[lacking["days_behind"] > 0]
    if len(missing):
        worst = missing.iloc[0]
        said.append(
            f"{missing['missing'].sum():,} intervals are missing at {_nodes(missing)} ({missing['withdrawn'].sum():,}"
            f" withdrawn), since {missing['since'].min():%d %b %Y}, most at {_name(worst)} ({worst['missing']:,})"
        )
    if len(behind):
        worst = behind.loc[behind["days_behind"].idxmax()]
        said.append(f"the data end early at {_nodes(behind)}, {_name(worst)} by {counted(worst['days_behind'], 'day')}")
    if len(doubtful):
        rules = ", ".join(f"`{rule}`" for rule in sorted(doubtful["rule"].astype(str).unique()))
        said.append(
            f"{counted(doubtful['revisions'].sum(), 'flag')} at {_nodes(doubtful)} ({rules}),"
            f" {doubtful['still'].sum():,} of them on the newest value, since {doubtful['since'].min():%d %b %Y}"
        )
    return f"**{grid}**: {'; '.join(said) or 'no gap and no flag'}."


def _nodes(rows: pd.DataFrame) -> str:
    return counted(len(rows.drop_duplicates(NODE)), "node")


def _name(row: pd.Series) -> str:
    return f"{row['region_name']} / {row['node_name']}"
