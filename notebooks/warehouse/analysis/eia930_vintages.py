"""Four vintages of EIA-930 demand: find the published files, load some, and count what each vintage changed."""

from dataclasses import dataclass
from pathlib import Path

import altair as alt
import pandas as pd

import warehouse as wh
from loaders.settings import PROJECT_ROOT, settings
from warehouse.charts.captions import as_of_caption, caption, count_noun
from warehouse.charts.colors import DISTINCT_COLORS, WITHDRAWN
from warehouse.errors import ReadError

SOURCE, METRIC = "eia930", "load"
DEFAULT_FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"
MAX_NODES = 3  # with a hundred thousand revisions each
CHANGE_KINDS = {
    "restated": DISTINCT_COLORS[1],
    "backfilled": DISTINCT_COLORS[0],
    "withdrawn": WITHDRAWN,
}  # also distinct in grey


@dataclass(frozen=True)
class KnownHour:
    """One hour with its values in each vintage, looked up in the files by hand (NaN: empty)."""

    node: str
    interval_start: pd.Timestamp  # UTC; one hour before the hour-ending time of the files
    kind: str
    values: tuple[float, ...]


EMPTY = float("nan")
KNOWN_HOURS = [
    KnownHour("IPCO", pd.Timestamp("2020-01-22T13:00Z"), "restated", (2158, 2158, 1946)),
    KnownHour("SWPP", pd.Timestamp("2018-01-13T06:00Z"), "withdrawn", (30344, EMPTY)),
    KnownHour("SWPP", pd.Timestamp("2019-06-25T04:00Z"), "backfilled", (EMPTY, 29225, 29225)),
]


def resolve_folder(folder: str | None) -> Path:
    """Return the folder of the files: the argument, else WAREHOUSE_EIA930, else a folder next to the project."""
    return Path(folder or settings().eia930_folder or DEFAULT_FOLDER)


def find_files(folder: Path, nodes: list[str]) -> list[Path]:
    """Return the files of these nodes, `RELEASE/NODE.csv.gz`, oldest release first; empty without the folder."""
    return sorted(path for node in nodes for path in folder.glob(f"*/{node}.csv.gz"))


def load_files(paths: list[Path]) -> pd.DataFrame:
    """Load files and build the marts; a file that is already loaded is reported as such and not stored twice.

    Returns one row per file: file, result, load_id, rows_inserted. Raises ReadError for a file that fails.
    """
    from loaders.dbt_runner import build
    from loaders.ingest.pipeline import IngestOptions, ingest_files

    outcomes = ingest_files(
        paths, IngestOptions(format=SOURCE, create_missing=True, why="the EIA-930 notebook"), jobs=2
    )
    rows = []
    for path, outcome in zip(paths, outcomes, strict=True):
        result = outcome.result
        if outcome.error or result is None:
            raise ReadError(outcome.error or f"{path.name} was not loaded.")
        status = "already loaded" if result.already_stored else result.status
        inserted = 0 if result.already_stored else result.rows_inserted
        rows.append((f"{path.parent.name}/{path.name}", status, result.load_id, inserted))
    if any(status == "accepted" for _, status, *_ in rows):
        build("--resource-type", "model")
    return pd.DataFrame(rows, columns=["file", "result", "load_id", "rows_inserted"])


def nodes_in_marts(requested: list[str] | None) -> list[str]:
    """Return the requested nodes that are in the marts; for None up to three, those with known hours first."""
    series = wh.series()
    present = series[(series["source"] == SOURCE) & (series["metric"] == METRIC)]["node_name"].astype(str)
    if requested is not None:
        return [node for node in requested if node in set(present)]
    first = {hour.node for hour in KNOWN_HOURS}
    return sorted(present, key=lambda node: (node not in first, node))[:MAX_NODES]


def hour_history(node: str, hour: pd.Timestamp) -> pd.DataFrame:
    """Return the history of one hour, the oldest vintage first."""
    return wh.history(node, METRIC, hour, source=SOURCE)


def classified_revisions(nodes: list[str]) -> pd.DataFrame:
    """Return the history of these nodes with `kind`, how a vintage changed the value before.

    The columns of `wh.history`. kind: first, unchanged, restated (another value), withdrawn (no value any more) or
    backfilled (a value for an empty hour).
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
    """Return one row per vintage (collected_at): hours, earlier (hours in an earlier vintage), counts by kind, share.

    rows: of `classified_revisions`. share: the fraction of earlier hours that this vintage changed; NaN for the first.
    """
    counts = pd.crosstab(rows["collected_at"], rows["kind"]).reindex(
        columns=["first", "unchanged", *CHANGE_KINDS], fill_value=0
    )
    table = pd.DataFrame({"hours": counts.sum(axis=1)})
    table["earlier"] = table["hours"] - counts["first"]
    table[list(CHANGE_KINDS)] = counts[list(CHANGE_KINDS)]
    changed = counts[list(CHANGE_KINDS)].sum(axis=1)
    table["share"] = changed / table["earlier"].where(table["earlier"] > 0)
    return table.reset_index()


def largest_change(rows: pd.DataFrame) -> tuple[str, pd.Timestamp] | None:
    """Return the node and hour with the largest change, or None without a restated value."""
    changed = rows[rows["kind"] == "restated"]
    if changed.empty:
        return None
    most = changed.iloc[int(changed["change"].abs().to_numpy().argmax())]
    return str(most["node_name"]), most["interval_start"]


def shares_chart(vintages: pd.DataFrame, rows: pd.DataFrame) -> alt.Chart:
    """Draw per vintage the share of earlier hours that it restated, withdrew or backfilled."""
    later = vintages[vintages["earlier"] > 0]
    bars = later.drop(columns=["hours", "share"]).melt(["collected_at", "earlier"], list(CHANGE_KINDS), "kind", "hours")
    bars = bars.assign(share=bars["hours"] / bars["earlier"], vintage=bars["collected_at"].dt.strftime("%d %b %Y"))
    bars["order"] = bars["kind"].map({kind: position for position, kind in enumerate(CHANGE_KINDS)})
    order = later["collected_at"].dt.strftime("%d %b %Y").tolist()
    color = (
        alt.Color("kind:N", sort=list(CHANGE_KINDS))
        .scale(domain=list(CHANGE_KINDS), range=list(CHANGE_KINDS.values()))
        .title(None)
    )
    nodes = sorted(rows["node_name"].astype(str).unique())
    title = caption(
        f"Share of node-hours that a vintage changed: {', '.join(nodes)}",
        f"of the hours in an earlier vintage: {count_noun(int(later['earlier'].sum()), 'node-hour')}",
        as_of_caption(wh.series(), "UTC", "hours in UTC"),
    )
    chart = alt.Chart(bars.drop(columns="collected_at")).mark_bar(height={"band": 0.7})
    return chart.encode(
        x=alt.X("share:Q").axis(format=".1~%", tickCount=8).title("share of earlier hours, %"),
        y=alt.Y("vintage:N", sort=order).title("queried on"),
        color=color,
        order="order:Q",
        tooltip=["vintage:N", "kind:N", alt.Tooltip("hours:Q", format=","), alt.Tooltip("share:Q", format=".2%")],
    ).properties(width=560, height={"step": 42}, title=title)
