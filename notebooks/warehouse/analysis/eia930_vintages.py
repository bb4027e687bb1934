"""Four vintages of EIA-930 demand: where the published files are, how to load some, and what each vintage changed."""

from dataclasses import dataclass
from pathlib import Path

import altair as alt
import pandas as pd

import warehouse as wh
from loaders.settings import PROJECT_ROOT, settings
from warehouse.charts.captions import caption, counted, known
from warehouse.charts.colors import APART, WITHDRAWN
from warehouse.session import ReadError

SOURCE, METRIC = "eia930", "load"
BESIDE = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"
MOST_NODES = 3  # read whole, a hundred thousand revisions each
KINDS = {
    "restated": APART[1],
    "backfilled": APART[0],
    "withdrawn": WITHDRAWN,
}  # the same in grey: dark, darker, darkest


@dataclass(frozen=True)
class Fact:
    """One hour of which it is known, from the files themselves, what each vintage said (NaN: EMPTY)."""

    node: str
    interval_start: pd.Timestamp  # UTC; one hour before the hour-ending time of the files
    kind: str
    values: tuple[float, ...]


NOTHING = float("nan")
FACTS = [
    Fact("IPCO", pd.Timestamp("2020-01-22T13:00Z"), "restated", (2158, 2158, 1946)),
    Fact("SWPP", pd.Timestamp("2018-01-13T06:00Z"), "withdrawn", (30344, NOTHING)),
    Fact("SWPP", pd.Timestamp("2019-06-25T04:00Z"), "backfilled", (NOTHING, 29225, 29225)),
]


def folder_of(folder: str | None) -> Path:
    """Where the files are: as given, else by the variable WAREHOUSE_EIA930, else beside the project."""
    return Path(folder or settings().eia930_folder or BESIDE)


def files_of(folder: Path, nodes: list[str]) -> list[Path]:
    """The files of these nodes, `RELEASE/NODE.csv.gz`, oldest release first; none without the folder."""
    return sorted(path for node in nodes for path in folder.glob(f"*/{node}.csv.gz"))


def load(paths: list[Path]) -> pd.DataFrame:
    """Take files in and bring them into the marts; a file that is there already is told so and not stored twice.

    Returns one row per file: file, what (became of it), load_id, rows_inserted. Raises ReadError for a file that fails.
    """
    from loaders.dbt_runner import build
    from loaders.ingest.pipeline import IngestOptions, ingest_files

    outcomes = ingest_files(
        paths, IngestOptions(format=SOURCE, create_missing=True, why="the EIA-930 notebook"), jobs=2
    )
    told = []
    for path, outcome in zip(paths, outcomes, strict=True):
        if outcome.error:
            raise ReadError(outcome.error)
        result = outcome.result
        what = "there already" if result.already_stored else result.status
        told.append(
            (
                f"{path.parent.name}/{path.name}",
                what,
                result.load_id,
                0 if result.already_stored else result.rows_inserted,
            )
        )
    if any(what == "accepted" for _, what, *_ in told):
        build("--resource-type", "model")
    return pd.DataFrame(told, columns=["file", "what", "load_id", "rows_inserted"])


def nodes_in_marts(wanted: list[str] | None) -> list[str]:
    """Of the nodes wanted those whose demand is in the marts; None: at most three, those with known facts first."""
    series = wh.series()
    there = series[(series["source"] == SOURCE) & (series["metric"] == METRIC)]["node_name"].astype(str)
    if wanted is not None:
        return [node for node in wanted if node in set(there)]
    first = {fact.node for fact in FACTS}
    return sorted(there, key=lambda node: (node not in first, node))[:MOST_NODES]


def told(node: str, hour: pd.Timestamp) -> pd.DataFrame:
    """What each vintage said of one hour, oldest first, as `wh.history` gives it."""
    return wh.history(node, METRIC, hour, source=SOURCE)


def revisions(nodes: list[str]) -> pd.DataFrame:
    """Every vintage's word on every hour of these nodes, with `kind`: what it did to what was said before.

    The columns of `wh.history`. kind: first, unchanged, restated (another number), withdrawn (no number any more) or
    backfilled (a number at last).
    """
    rows = pd.concat([wh.history(node, METRIC, (None, None), source=SOURCE) for node in nodes], ignore_index=True)
    before = rows.groupby(["series_id", "interval_start"])["value"].shift()
    is_first = ~rows.duplicated(["series_id", "interval_start"])
    rows["kind"] = "unchanged"
    rows.loc[rows["value"].notna() & before.notna() & (rows["value"] != before), "kind"] = "restated"
    rows.loc[rows["value"].isna() & before.notna(), "kind"] = "withdrawn"
    rows.loc[rows["value"].notna() & before.isna(), "kind"] = "backfilled"
    rows.loc[is_first, "kind"] = "first"
    return rows


def per_vintage(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per vintage (collected_at): hours told, told_before, of these restated, withdrawn, backfilled, and share.

    rows: as `revisions` gives them. share: of the hours told before, how many this vintage changed; NaN for the first.
    """
    counts = pd.crosstab(rows["collected_at"], rows["kind"]).reindex(
        columns=["first", "unchanged", *KINDS], fill_value=0
    )
    found = pd.DataFrame({"hours": counts.sum(axis=1)})
    found["told_before"] = found["hours"] - counts["first"]
    found[list(KINDS)] = counts[list(KINDS)]
    changed = counts[list(KINDS)].sum(axis=1)
    found["share"] = changed / found["told_before"].where(found["told_before"] > 0)
    return found.reset_index()


def largest_change(rows: pd.DataFrame) -> tuple[str, pd.Timestamp] | None:
    """The node and hour whose number was changed most; None where no number was."""
    changed = rows[rows["kind"] == "restated"]
    if changed.empty:
        return None
    most = changed.loc[changed["change"].abs().idxmax()]
    return str(most["node_name"]), most["interval_start"]


def shares_chart(vintages: pd.DataFrame, rows: pd.DataFrame) -> alt.Chart:
    """Per vintage, the share of the hours told before that it restated, withdrew or backfilled."""
    again = vintages[vintages["told_before"] > 0]
    bars = again.drop(columns=["hours", "share"]).melt(["collected_at", "told_before"], list(KINDS), "kind", "hours")
    bars = bars.assign(share=bars["hours"] / bars["told_before"], vintage=bars["collected_at"].dt.strftime("%d %b %Y"))
    bars["order"] = bars["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    order = again["collected_at"].dt.strftime("%d %b %Y").tolist()
    color = alt.Color("kind:N", sort=list(KINDS)).scale(domain=list(KINDS), range=list(KINDS.values())).title(None)
    nodes = sorted(rows["node_name"].astype(str).unique())
    title = caption(
        f"Share of node-hours that a vintage changed: {', '.join(nodes)}",
        f"of the hours that an earlier vintage told of; {counted(int(again['told_before'].sum()), 'node-hour')}",
        known(wh.series(), "UTC", "hours in UTC"),
    )
    chart = alt.Chart(bars.drop(columns="collected_at")).mark_bar(height={"band": 0.7})
    return chart.encode(
        x=alt.X("share:Q").axis(format=".1~%", tickCount=8).title("share of the hours told before"),
        y=alt.Y("vintage:N", sort=order).title("queried on"),
        color=color,
        order="order:Q",
        tooltip=["vintage:N", "kind:N", alt.Tooltip("hours:Q", format=","), alt.Tooltip("share:Q", format=".2%")],
    ).properties(width=560, height={"step": 42}, title=title)
