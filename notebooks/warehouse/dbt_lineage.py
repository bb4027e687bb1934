"""What a mart stands on, read from what dbt wrote when it last built or, failing that, from the project."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
from pandas.io.formats.style import Styler

from loaders.dbt_runner import run_dbt
from loaders.settings import PROJECT_ROOT, settings
from warehouse.arguments import check_choice
from warehouse.charts.captions import caption, count_noun
from warehouse.charts.colors import DISTINCT_COLORS, INK, LIGHT_GREY

LAYERS = ["source", "staging", "intermediate", "marts", "notebook"]
COLORS = dict(
    zip(
        LAYERS, ["#777777", DISTINCT_COLORS[4], DISTINCT_COLORS[2], DISTINCT_COLORS[0], DISTINCT_COLORS[3]], strict=True
    )
)
WIDTH, WIDEST, ROW_HEIGHT = 940, 190, 24  # pixels: of the page, of a column and of a row
KIND_LAYERS = {"source": "source", "snapshot": "intermediate", "exposure": "notebook"}
COLUMNS = ["name", "layer", "kind", "materialized", "description"]


def models() -> pd.DataFrame:
    """One row per source, seed, snapshot, model, function and exposure, with what it is for."""
    rows = [
        (_name(key), _layer(one), one["resource_type"], _materialized(one), " ".join(one["description"].split()))
        for key, one in _everything().items()
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.sort_values("name", key=lambda names: names.str.lower(), ignore_index=True)


def edges() -> pd.DataFrame:
    """One row per reference: `name` reads `reads`."""
    known = _everything()
    pairs = [(_name(key), _name(above)) for key in known for above in _manifest()["parent_map"][key] if above in known]
    return pd.DataFrame(sorted(pairs), columns=["name", "reads"])


def upstream(name: str) -> list[str]:
    """The names of everything that `name` reads, itself or through others, in alphabetical order. Raises ReadError."""
    check_choice("model", name, models()["name"])
    return sorted(_reached(name, edges().groupby("name")["reads"].agg(list).to_dict()))


def downstream(name: str) -> list[str]:
    """The names of everything that reads `name`, itself or through others, in alphabetical order. Raises ReadError."""
    check_choice("model", name, models()["name"])
    return sorted(_reached(name, edges().groupby("reads")["name"].agg(list).to_dict()))


def last_run() -> pd.DataFrame:
    """One row per model, test and function of dbt's last run: name, kind, status, seconds; none where nothing ran."""
    path = _target() / "run_results.json"
    told = json.loads(path.read_text())["results"] if path.is_file() else []
    rows = [
        (one["unique_id"].split(".")[2], one["unique_id"].partition(".")[0], one["status"], one["execution_time"])
        for one in told
    ]
    return pd.DataFrame(rows, columns=["name", "kind", "status", "seconds"]).astype({"seconds": float})


def chart(name: str) -> alt.LayerChart:
    """What `name` stands on, from the tables of the loaders on the left to itself on the right."""
    above = [*upstream(name), name]
    links = edges()
    links = links[links["name"].isin(above) & links["reads"].isin(above)]
    dots = _placed(models().set_index("name").loc[above].reset_index(), links)
    at = dots.set_index("name")[["x", "y"]]
    ways = links.join(at.add_suffix("_to"), on="name").join(at, on="reads")
    columns, rows = dots["x"].max() + 1, dots["y"].max() + 1
    x = alt.X("x:Q", axis=None).scale(domain=[-0.1, dots["x"].max() + 0.9], nice=False)
    y = alt.Y("y:Q", axis=None).scale(domain=[dots["y"].max() + 0.5, -0.5], nice=False)
    seen = [layer for layer in LAYERS if layer in set(dots["layer"])]
    color = alt.Color("layer:N").scale(domain=seen, range=[COLORS[layer] for layer in seen])
    color = color.legend(orient="bottom", title=None)
    told = [alt.Tooltip(f"{column}:N") for column in ("name", "layer", "materialized", "description")]
    dot = alt.Chart(dots).encode(x=x, y=y)
    layers = [
        alt.Chart(ways).mark_rule(color=LIGHT_GREY).encode(x=x, y=y, x2="x_to", y2="y_to"),
        dot.mark_circle(size=90, opacity=1).encode(color=color, tooltip=told),
        dot.mark_text(align="left", dx=8, dy=-6, fontSize=10, color=INK).encode(text="name:N"),
    ]
    title = caption(f"Lineage: {name}", f"reads {count_noun(len(above) - 1, 'relation')}, itself or through others")
    size = {"width": int(columns * min(WIDEST, WIDTH / columns)), "height": int(rows * ROW_HEIGHT)}
    return alt.layer(*layers).properties(**size, title=title).configure_view(stroke=None)


def table(rows: pd.DataFrame) -> Styler:
    """The rows with texts on the left, and without their numbers."""
    texts = rows.select_dtypes(exclude="number").columns
    look = (
        rows.style.hide(axis="index")
        .set_properties(subset=texts, **{"text-align": "left"})
        .format(precision=2, escape="html")
    )
    return look.set_table_styles([{"selector": "th", "props": "text-align: left"}])


def _placed(dots: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """x: the longest way from what reads nothing; y: as near as there is room to what is read."""
    reads = links.groupby("name")["reads"].agg(list).to_dict()

    @cache
    def depth(name: str) -> int:
        return 1 + max(map(depth, reads[name])) if name in reads else 0

    dots = dots.assign(x=[depth(name) for name in dots["name"]])
    rows: dict[str, float] = {}
    most = dots.groupby("x").size().max()
    for _, column in dots.groupby("x"):
        wish = {name: pd.Series([rows[one] for one in reads.get(name, [])]).mean() for name in column["name"]}
        order = sorted(wish, key=lambda name: (wish[name], name))
        rows |= {name: (place + 0.5) * most / len(order) - 0.5 for place, name in enumerate(order)}
    return dots.assign(y=dots["name"].map(rows))


def _reached(start: str, ways: dict[str, list[str]]) -> set[str]:
    found, ahead = set(), [start]
    while ahead:
        new = set(ways.get(ahead.pop(), [])) - found
        found |= new
        ahead += new
    return found


def _everything() -> dict[str, Any]:
    manifest = _manifest()
    nodes = {
        key: one for key, one in manifest["nodes"].items() if one["resource_type"] in ("model", "seed", "snapshot")
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
    """Sources keep their schema, so that they are not taken for models."""
    return ".".join(key.split(".")[2:])


def _layer(one: dict[str, Any]) -> str:
    kind = one["resource_type"]
    if kind in KIND_LAYERS:
        return KIND_LAYERS[kind]
    folder = one["fqn"][1]
    return folder if folder in LAYERS else "marts"


def _materialized(one: dict[str, Any]) -> str:
    return one.get("config", {}).get("materialized") or one["resource_type"]
