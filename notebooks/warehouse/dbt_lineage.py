"""Show what a mart is built from: read from the manifest that dbt wrote last, or else from the project."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import networkx as nx
import pandas as pd
from pandas.io.formats.style import Styler

from loaders.dbt_runner import run_dbt
from loaders.settings import PROJECT_ROOT, settings
from warehouse.charts.captions import caption, count_noun
from warehouse.charts.colors import DISTINCT_COLORS, GREY, INK
from warehouse.requests.arguments import check_choice

LAYERS = ["source", "staging", "intermediate", "marts", "notebook"]
COLORS = dict(
    zip(
        LAYERS, ["#777777", DISTINCT_COLORS[4], DISTINCT_COLORS[2], DISTINCT_COLORS[0], DISTINCT_COLORS[3]], strict=True
    )
)
LETTER, GAP, ROW_HEIGHT = 5.1, 20, 24  # pixels: of a letter, between the names of two columns, of a row
KIND_LAYERS = {"source": "source", "snapshot": "intermediate", "exposure": "notebook"}
COLUMNS = ["name", "layer", "kind", "materialized", "description"]


def models() -> pd.DataFrame:
    """Return one row per source, seed, snapshot, model, function and exposure, with its description."""
    rows = [
        (
            _name(key),
            _layer(resource),
            resource["resource_type"],
            _materialization(resource),
            " ".join(resource["description"].split()),
        )
        for key, resource in _resources().items()
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values("name", key=lambda names: names.str.lower(), ignore_index=True)


def edges() -> pd.DataFrame:
    """Return one row per reference: `name` reads `reads`."""
    return pd.DataFrame(sorted((name, reads) for reads, name in _graph().edges), columns=["name", "reads"])


def upstream(name: str) -> list[str]:
    """Return the names of everything that `name` reads, directly or through others, sorted. Raises ReadError."""
    check_choice("model", name, models()["name"])
    return sorted(nx.ancestors(_graph(), name))


def downstream(name: str) -> list[str]:
    """Return the names of everything that reads `name`, directly or through others, sorted. Raises ReadError."""
    check_choice("model", name, models()["name"])
    return sorted(nx.descendants(_graph(), name))


def last_run() -> pd.DataFrame:
    """Return one row per model, test and function of dbt's last run: name, kind, status, seconds; none before a run."""
    path = _target() / "run_results.json"
    results = json.loads(path.read_text())["results"] if path.is_file() else []
    rows = [
        (
            result["unique_id"].split(".")[2],
            result["unique_id"].partition(".")[0],
            result["status"],
            result["execution_time"],
        )
        for result in results
    ]
    return pd.DataFrame(rows, columns=["name", "kind", "status", "seconds"]).astype({"seconds": float})


def chart(name: str) -> alt.LayerChart:
    """Draw what `name` is built from, with the tables of the loaders on the left and `name` on the right."""
    relations = [*upstream(name), name]
    links = edges()
    links = links[links["name"].isin(relations) & links["reads"].isin(relations)]
    dots = _with_positions(models().set_index("name").loc[relations].reset_index(), _graph().subgraph(relations))
    positions = dots.set_index("name")[["x", "y"]]
    lines = links.join(positions.add_suffix("_to"), on="name").join(positions, on="reads")
    rows, end = dots["y"].max() + 1, (dots["x"] + dots["name"].str.len() * LETTER + GAP).max()
    x = alt.X("x:Q", axis=None).scale(domain=[-GAP / 2, end], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[dots["y"].max() + 0.5, -0.5], nice=False)
    present = [layer for layer in LAYERS if layer in set(dots["layer"])]
    color = alt.Color("layer:N").scale(domain=present, range=[COLORS[layer] for layer in present])
    color = color.legend(orient="bottom", title=None)
    tooltips = [alt.Tooltip(f"{column}:N") for column in ("name", "layer", "materialized", "description")]
    dot = alt.Chart(dots).encode(x=x, y=y)
    layers = [
        alt.Chart(lines).mark_rule(color=GREY).encode(x=x, y=y, x2="x_to", y2="y_to"),
        dot.mark_circle(size=90, opacity=1).encode(color=color, tooltip=tooltips),
        dot.mark_text(align="left", dx=8, dy=-6, fontSize=10, color=INK).encode(text="name:N"),
    ]
    title = caption(
        f"Lineage: {name}", f"reads {count_noun(len(relations) - 1, 'relation')}, directly or through others"
    )
    size = {"width": int(end + GAP / 2), "height": int(rows * ROW_HEIGHT)}
    return alt.layer(*layers).properties(**size, title=title).configure_view(stroke=None)


def table(rows: pd.DataFrame) -> Styler:
    """Return the rows for display: text aligned to the left, no index."""
    texts = rows.select_dtypes(exclude="number").columns
    styled = (
        rows.style.hide(axis="index")
        .set_properties(subset=texts, **{"text-align": "left"})
        .format(precision=2, escape="html")
    )
    return styled.set_table_styles([{"selector": "th", "props": "text-align: left"}])


def _with_positions(dots: pd.DataFrame, graph: nx.DiGraph) -> pd.DataFrame:
    """Add x (pixels) and y (rows).

    A relation is right of all that it reads, in columns as wide as their longest names, and as near as possible to it.
    """
    generations = list(nx.topological_generations(graph))
    x: dict[str, float] = {}
    left = 0.0
    for names in generations:
        x |= dict.fromkeys(names, left)
        left += max(map(len, names)) * LETTER + GAP
    y: dict[str, float] = {}
    height = max(map(len, generations))
    for names in generations:
        nearest = {name: _mean([y[read] for read in graph.predecessors(name)]) for name in names}
        order = sorted(names, key=lambda name: (nearest[name], name))
        y |= {name: (index + 0.5) * height / len(order) - 0.5 for index, name in enumerate(order)}
    return dots.assign(x=dots["name"].map(x), y=dots["name"].map(y))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _graph() -> nx.DiGraph:
    """Return the references between resources, by name: an edge leads from what is read to what reads it."""
    resources, parents = _resources(), _manifest()["parent_map"]
    graph = nx.DiGraph()
    graph.add_nodes_from(_name(key) for key in resources)
    graph.add_edges_from(
        (_name(parent), _name(key)) for key in resources for parent in parents[key] if parent in resources
    )
    return graph


def _resources() -> dict[str, Any]:
    manifest = _manifest()
    nodes = {
        key: node for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed", "snapshot")
    }
    return {**manifest["sources"], **nodes, **manifest.get("functions", {}), **manifest["exposures"]}


def _manifest() -> dict[str, Any]:
    path = _target() / "manifest.json"
    if not path.is_file():
        run_dbt(["parse"])
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, written_at: int) -> dict[str, Any]:
    return json.loads(path.read_text())


def _target() -> Path:
    return PROJECT_ROOT / "dbt_project" / settings().dbt_target_path


def _name(key: str) -> str:
    """Return the name; that of a source has its schema, which tells it from a model."""
    return ".".join(key.split(".")[2:])


def _layer(resource: dict[str, Any]) -> str:
    kind = resource["resource_type"]
    if kind in KIND_LAYERS:
        return KIND_LAYERS[kind]
    folder = resource["fqn"][1]
    return folder if folder in LAYERS else "marts"


def _materialization(resource: dict[str, Any]) -> str:
    return resource.get("config", {}).get("materialized") or resource["resource_type"]
