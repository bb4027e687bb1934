"""The tree of places, the history of gates, and what every chart refuses."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from warehouse import charts
from warehouse.errors import ReadError

from tests.support.chart_frames import caption_of, data_of, hours, words_of


def places(grids: int, regions: int, nodes: int) -> pd.DataFrame:
    rows = [(f"G{g}", f"R{r}", f"N{g}-{r}-{n}") for g in range(grids) for r in range(regions) for n in range(nodes)]
    return pd.DataFrame(rows, columns=["grid_name", "region_name", "node_name"])


@pytest.mark.parametrize(("shape", "columns"), [((3, 3, 3), 1), ((1, 1, 1), 1), ((1, 10, 15), 3)])
def test_every_node_of_the_tree_is_named_and_none_covers_another(shape: tuple[int, int, int], columns: int) -> None:
    frame = places(*shape)
    drawn = charts.hierarchy(frame)
    assert set(frame["node_name"]) <= set(words_of(drawn))
    dots = data_of(drawn, "path")
    leaves = dots[dots["depth"] == 2]
    assert len(leaves) == len(frame)
    assert leaves["x"].nunique() == columns
    assert not leaves.duplicated(["x", "y"]).any()
    assert all(np.diff(np.sort(rows["y"])).min(initial=99) >= 12 for _, rows in leaves.groupby("x"))
    stated = caption_of(drawn)
    assert re.search(rf"{shape[0]} grids?, {shape[0] * shape[1]} regions?, {len(frame)} nodes?", stated)


def test_the_tree_keeps_siblings_together_in_whatever_order_they_came() -> None:
    dots = data_of(charts.hierarchy(places(2, 2, 2).sample(frac=1, random_state=3)), "path")
    leaves = dots[dots["depth"] == 2].sort_values("y")["path"].str.rpartition(" / ")[0].tolist()
    assert sum(here != there for here, there in pairwise(leaves)) == 3


def test_the_tree_counts_series_and_writes_what_is_not_complete() -> None:
    series = places(1, 1, 2).loc[[0, 0, 1]].assign(series_id=[1, 2, 3])
    words = words_of(charts.hierarchy(series))
    assert {"G0 \u00b7 3", "N0-0-0 \u00b7 2", "N0-0-1"} <= set(words)
    days = series.assign(expected=24, present=[24, 23, 24], local_date=pd.to_datetime("2026-03-01").date())
    words = words_of(charts.hierarchy(days))
    assert {"G0 98.6 %", "N0-0-0 97.9 %", "N0-0-1"} <= set(words)
    assert {"complete", "90 % or more"} <= set(words)


def test_a_tree_of_thousands_or_of_nothing_is_refused() -> None:
    with pytest.raises(ReadError, match="1,000 nodes are too many"):
        charts.hierarchy(places(10, 10, 10))
    with pytest.raises(ReadError, match="to draw"):
        charts.hierarchy(places(0, 0, 0))
    with pytest.raises(ReadError, match="no column grid_name"):
        charts.hierarchy(pd.DataFrame({"node_name": ["a"]}))


def judged(passed: dict[str, list[bool]], start: str = "2026-03-28 00:00Z", step: str = "6h") -> pd.DataFrame:
    parts = []
    for rule, went in passed.items():
        times = pd.date_range(start, periods=len(went), freq=step)
        parts.append(pd.DataFrame({"rule": rule, "is_passed": went, "checked_at": times}))
    return pd.concat(parts, ignore_index=True)


def test_gates_say_since_when_a_rule_fails_and_put_it_first() -> None:
    went = {"fine": [True] * 5, "broke": [True, False, True, False, False], "fixed": [True, False, True, True, True]}
    drawn = charts.gate_history(judged(went), zone="Europe/Berlin")
    words = words_of(drawn)
    assert [word for word in words if word in went] == ["broke", "fixed", "fine"]
    assert "failing since Sat 28 Mar 2026 19:00 CET" in words
    assert "last failed Sat 28 Mar 2026 07:00 CET" in words
    assert "all passed: 5" in words
    assert caption_of(drawn) == (
        "Checks: 3 rules, 4 of 15 results failed | times in Europe/Berlin; number: failures in that time; "
        "blank: no results; newest result Sun 29 Mar 2026 01:00 CET"
    )


def test_every_judgement_is_in_one_cell_also_where_the_clock_changes() -> None:
    frame = judged({"a": [True, False] * 200}, "2026-03-20 00:00Z", "2h")
    cells = data_of(charts.gate_history(frame, zone="Europe/Berlin"), "results")
    assert cells["results"].sum() == 400
    assert cells["failed"].sum() == 200
    assert 10 < len(cells) <= 41
    assert cells["until"].iloc[:-1].tolist() == cells["since"].iloc[1:].tolist()


def test_a_judgement_at_the_very_edge_is_in_the_cell_that_begins_there() -> None:
    cells = data_of(charts.gate_history(judged({"a": [True, False]}, step="6D")), "results")
    assert pd.to_datetime(cells["since"], utc=True).tolist() == list(
        pd.date_range("2026-03-28", periods=2, freq="6D", tz="UTC")
    )


def test_one_judgement_and_runs_of_the_checks_are_drawn_and_none_is_refused() -> None:
    words_of(charts.gate_history(judged({"a": [False]})))
    runs = judged({"The ledger counts what is stored": [True, False]}).rename(columns={"rule": "expectation"})
    assert caption_of(charts.gate_history(runs)).startswith("Checks: 1 expectation, 1 of 2 results failed")
    with pytest.raises(ReadError, match="to draw"):
        charts.gate_history(judged({"a": [True]}).head(0))
    with pytest.raises(ReadError, match="no column rule, is_passed"):
        charts.gate_history(hours([1.0]))


def test_what_is_no_frame_is_refused_in_one_sentence() -> None:
    drawings = [charts.evolution, charts.vintages, charts.revisions, charts.accuracy, charts.restatements]
    for draw in [*drawings, charts.completeness, charts.hierarchy, charts.gate_history]:
        with pytest.raises(ReadError, match=r"^This chart needs a pandas frame from wh\..*, not a list\.$"):
            draw([1])
    for frame in (pd.DataFrame({"expected": [24]}), pl.DataFrame({"expected": [24]})):
        with pytest.raises(ReadError, match=r"no column series_id, grid_name, region_name. Pass"):
            charts.completeness(frame)


def test_dozens_of_shades_are_all_different_and_never_that_of_the_actual() -> None:
    colors = charts.colors.shades(30)
    assert len(set(colors)) == 30
    assert charts.colors.shades(1) == [charts.colors.shades(2)[-1]]
    assert charts.colors.ACTUAL not in colors
