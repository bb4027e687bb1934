"""The read functions of `warehouse` against plain SQL."""

import os
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import warehouse as wh
from warehouse import session

from loaders.database.connection import connect
from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.cluster_nodes import drop_database
from tests.support.seed_week import END, HOUR, MOMENT, NODE, START, STOP
from tests.support.warehouses import Warehouse, changed_environment

pytestmark = pytest.mark.sql

COLUMNS = [
    *("interval_start", "value", "collected_at", "grid_name", "region_name", "node_name", "metric", "source"),
    *("resolution", "unit", "quality_flag", "series_id", "grid_id", "region_id", "node_id", "load_id"),
]


@pytest.fixture(scope="module")
def filled(seed_week: Warehouse) -> Warehouse:
    return seed_week


def same_rows(answer: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal values, row by row, whatever the types and the order."""
    keys = ["series_id", "interval_start", "collected_at"]
    text = dict.fromkeys(("grid_name", "region_name", "node_name", "metric", "source", "unit", "quality_flag"), "str")
    shape = {"interval_start": "datetime64[us, UTC]", "collected_at": "datetime64[us, UTC]", **text}
    columns = [name for name in COLUMNS if name != "resolution"]  # of the series, which the marts join
    left, right = (frame[columns].astype(shape).sort_values(keys, ignore_index=True) for frame in (answer, expected))
    left.attrs = {}
    assert len(left) > 0
    pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_latest_returns_what_the_mart_holds(filled: Warehouse) -> None:
    sql = "select * from marts.fct_measures_latest where interval_start >= %s and interval_start < %s"
    same_rows(wh.latest(START, STOP), filled.frame(sql, START, STOP))
    by_name = filled.frame(f"{sql} and region_name = 'Region2' and node_name in ('Node1', 'Node3')", START, STOP)
    same_rows(wh.latest(START, STOP, region="Region2", node=["Node1", "Node3"], source="seed"), by_name)


def test_latest_without_a_range_returns_all_of_a_series(filled: Warehouse) -> None:
    assert len(wh.latest(**NODE)) == 7 * 24


def test_ids_name_the_same_series_as_names(filled: Warehouse) -> None:
    one = wh.series(**NODE).iloc[0]
    by_id = wh.latest(START, END, grid=one.grid_id, region=int(one.region_id), node=[one.node_id], metric="power")
    pd.testing.assert_frame_equal(by_id, wh.latest(START, END, **NODE))
    assert by_id["node_id"].unique().tolist() == [one.node_id]


def test_as_of_returns_what_the_function_returns(filled: Warehouse) -> None:
    expected = filled.frame("select * from marts.measures_as_of(%s, %s, %s)", MOMENT, START, STOP)
    answer = wh.as_of(MOMENT, START, STOP)
    same_rows(answer, expected)
    assert answer["collected_at"].max() <= MOMENT
    part = wh.as_of(MOMENT, START, STOP, grid=["Grid1", "Grid3"], node="Node2")
    same_rows(part, expected[expected["grid_name"].isin(["Grid1", "Grid3"]) & (expected["node_name"] == "Node2")])


def test_as_of_agrees_with_the_history_cut_at_the_moment(filled: Warehouse) -> None:
    revisions = wh.history("Node3", "power", (START, STOP), grid="Grid1", region="Region2")
    assert revisions["interval_start"].max() == STOP - HOUR
    known = revisions[revisions["collected_at"] <= MOMENT].groupby("interval_start")["value"].last()
    answer = wh.as_of(MOMENT, START, STOP, **NODE).set_index("interval_start")["value"]
    assert len(answer) > 0
    assert answer.to_dict() == known.to_dict()


def test_as_of_a_system_time_leaves_out_what_was_loaded_later(filled: Warehouse) -> None:
    before = wh.latest(START, END, **NODE)
    row = {**NODE, "interval_start": START, "collected_at": END + 400 * HOUR, "value": -1.0}
    load = filled.deliver(pd.DataFrame([row]), source="seed", defaults=DeliveryDefaults("seed"))
    filled.apply_loads()
    try:
        assert wh.latest(START, START + HOUR, **NODE)["value"].tolist() == [-1.0]
        again = wh.as_of(None, START, END, **NODE, loaded=before.attrs["read_at"])
        assert again["value"].tolist() == before["value"].tolist()
        assert again.attrs["loaded"] == before.attrs["read_at"]
    finally:
        filled.set_status(load.load_id, "withdrawn")
        filled.apply_loads()


def test_history_returns_every_revision_of_one_hour_in_order(filled: Warehouse) -> None:
    expected = filled.frame(
        "select value, previous_value, collected_at, known_to from marts.fct_measure_revisions where grid_name = %s"
        " and region_name = %s and node_name = %s and interval_start = %s order by collected_at",
        *[NODE[level] for level in ("grid", "region", "node")],
        START,
    )
    answer = wh.history("Node3", "power", START, grid="Grid1", region="Region2")
    assert len(answer) > 5
    assert answer["value"].tolist() == expected["value"].tolist()
    assert answer["collected_at"].tolist() == expected["collected_at"].tolist()
    assert answer["known_to"].tolist()[:-1] == answer["collected_at"].tolist()[1:]
    assert answer["is_latest"].tolist() == [False] * (len(answer) - 1) + [True]
    assert (answer["interval_end"] - answer["interval_start"]).unique().tolist() == [HOUR]


def test_a_withdrawn_value_is_nan_and_stays_a_row(filled: Warehouse) -> None:
    revisions = wh.history("Node1", "power", (None, None), grid="Grid1", region="Region1")
    count = filled.query(
        "select count(*) from marts.fct_measure_revisions where value is null and node_name = 'Node1'"
        " and grid_name = 'Grid1' and region_name = 'Region1'"
    )
    assert revisions["value"].isna().sum() == count[0][0]
    total = filled.query("select count(*) from marts.fct_measure_revisions where value is null")[0][0]
    assert total > 0
    grids = {row.node_id: row for row in wh.nodes().itertuples()}
    found = [wh.history(node, None, (None, None))["value"].isna().sum() for node in grids]
    assert sum(found) == total


def test_columns_are_typed_for_an_analyst(filled: Warehouse) -> None:
    answer = wh.latest(START, END, **NODE)
    assert list(answer.columns) == COLUMNS
    assert str(answer["interval_start"].dtype) == str(answer["collected_at"].dtype) == "datetime64[us, UTC]"
    names = ["grid_name", "region_name", "node_name", "metric", "source", "resolution", "unit"]
    assert all(isinstance(answer[name].dtype, pd.CategoricalDtype) for name in names)
    assert answer["value"].dtype == "float64"
    empty = wh.latest("1999-01-01", "1999-01-02", **NODE)
    assert empty.empty
    assert empty.dtypes.astype(str).to_dict() == answer.dtypes.astype(str).to_dict()


def test_a_frame_says_what_was_requested_as_of_when_and_on_which_loads(filled: Warehouse, tmp_path: Path) -> None:
    answer = wh.as_of("2026-01-01 00:00", None, str(END), **NODE)
    assert answer.attrs["call"] == "as_of"
    assert answer.attrs["as_of"] == "2026-01-01T00:00:00+00:00"
    assert answer.attrs["requested"]["node"] == "Node3"
    assert answer.attrs["rows"] == len(answer)
    answer = wh.latest(START, END, **NODE)
    assert answer.attrs["loads"] == sorted(set(answer["load_id"]))
    answer.to_parquet(tmp_path / "kept.parquet")
    assert pd.read_parquet(tmp_path / "kept.parquet").attrs == answer.attrs


def test_local_time_is_that_of_the_grid(filled: Warehouse) -> None:
    answer = wh.latest(START, END, **NODE, local=True)
    assert str(answer["interval_start_local"].dtype) == "datetime64[us, America/New_York]"
    assert (answer["interval_start_local"] == answer["interval_start"]).all()


def test_local_time_of_several_zones_is_refused(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"America/New_York, Australia/Sydney, Europe/Berlin\. Select one grid"):
        wh.as_of(MOMENT, START, END, source="seed", local=True)


def test_a_wrong_name_is_answered_with_the_nearest(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"Unknown grid 'Gird1'\. Did you mean Grid1"):
        wh.latest(START, END, grid="Gird1")
    with pytest.raises(wh.ReadError, match=r"Unknown region 'Region' in Grid1\. Did you mean Region"):
        wh.nodes(grid="Grid1", region="Region")


def test_a_history_that_fits_several_series_names_them(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"9 series match: Grid1/Region1/Node1/power/seed/PT1H, .* or the region\.$"):
        wh.history("Node1", "power", START)
    with pytest.raises(wh.ReadError, match=r"3 series match: .* the region\.$"):
        wh.history("Node1", "power", START, grid="Grid2")


@pytest.mark.parametrize("text", ["'; drop view marts.fct_measures_latest; --", "Grid1' or '1'='1", "%s $1 {0} \\"])
def test_sql_in_a_name_or_a_moment_is_harmless(filled: Warehouse, text: str) -> None:
    for level in ("grid", "region", "node", "metric", "source", "resolution"):
        with pytest.raises(wh.ReadError, match=f"Unknown {level}"):
            wh.latest(**{level: text})
    with pytest.raises(wh.ReadError, match="is not a valid timestamp"):
        wh.as_of(text)
    assert len(wh.latest(START, END, **NODE)) == 48


def test_a_name_with_a_quote_is_just_a_name(filled: Warehouse) -> None:
    assert wh.latest(grid="Plant's")["value"].tolist() == list(np.arange(48.0))


@pytest.mark.parametrize(
    ("sql", "stated"),
    [
        pytest.param(
            "select * from raw.measures",
            "permission denied for schema raw",
            marks=pytest.mark.one_server("analysts may read the tables below the marts"),
        ),
        ("select * from staging.stg_measures", "permission denied for (schema staging|view stg_measures)"),
        ("create table marts.mine (a integer)", "read-only transaction"),
        ("set transaction read write; create table marts.mine (a integer)", "."),
    ],
)
def test_an_analyst_reads_marts_and_nothing_else(filled: Warehouse, sql: str, stated: str) -> None:
    with pytest.raises(wh.ReadError, match=stated), session.open_reader() as read:
        read(sql)
    assert filled.query("select to_regclass('marts.mine')") == [(None,)]


def test_stats_and_lists_are_those_of_the_marts(filled: Warehouse) -> None:
    stats = wh.stats().iloc[0]
    assert (stats.grids, stats.regions, stats.nodes, stats.series) == (4, 10, 28, 28)
    assert stats.measures == filled.query("select count(*) from marts.fct_measures_latest")[0][0]
    assert str(wh.stats()["newest_interval_start"].dtype) == "datetime64[us, UTC]"
    assert wh.grids()["grid_name"].tolist() == ["Grid1", "Grid2", "Grid3", "Plant's"]
    assert wh.regions(grid="Grid2")["region_name"].tolist() == ["Region1", "Region2", "Region3"]
    assert len(wh.nodes(grid=["Grid1", "Plant's"])) == 10
    assert wh.series(node="N", grid="Plant's")[["metric", "unit", "source"]].values.tolist() == [["load", "MW", "test"]]


def test_a_warehouse_without_marts_says_how_to_build_them(filled: Warehouse) -> None:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with connect(None, autocommit=True, dbname="postgres") as admin:
        admin.execute(f'create database "{name}"')
    try:
        with changed_environment(PGDATABASE=name), pytest.raises(wh.ReadError, match="warehouse build"):
            wh.stats()
    finally:
        drop_database(name)


def test_a_warehouse_that_is_not_up_says_so_without_a_password(filled: Warehouse) -> None:
    with (
        changed_environment(PGPORT="1"),
        pytest.raises(wh.ReadError, match=r"^Nothing answers at 127\.0\.0\.1:1\.") as raised,
    ):
        wh.stats()
    assert os.environ["PGPASSWORD"] not in str(raised.value)


def test_cut_offs_on_fixed_clocks_are_those_of_the_mart_that_had_passed(filled: Warehouse) -> None:
    day = pd.Timestamp((END - 48 * HOUR).date(), tz="America/New_York")
    span = (day, day + pd.DateOffset(days=1))
    now = wh.at_cutoff(None, *span, **NODE)
    assert now["cutoff_name"].nunique() == 4
    for clocks in ({"collected": END + 9999 * HOUR}, {"loaded": now.attrs["read_at"]}):
        pd.testing.assert_frame_equal(now, wh.at_cutoff(None, *span, **NODE, **clocks))
    for clocks in ({}, {"loaded": now.attrs["read_at"]}):
        early = wh.at_cutoff(None, *span, **NODE, collected=day, **clocks)
        assert sorted(early["cutoff_name"].unique()) == ["day-ahead", "evening-before"]
        assert early.attrs["as_of"] == day.tz_convert("UTC").isoformat()
        assert wh.at_cutoff(None, *span, **NODE, collected=day - 72 * HOUR, **clocks).empty
