"""In which forms the read functions answer, what goes with an answer, and what is stated to a wrong question."""

import json
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import warehouse as wh
from warehouse import session

from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.warehouses import Warehouse

HOUR = pd.Timedelta(hours=1)
HOURS = pd.date_range(
    "2026-03-28 23:00", periods=48, freq="1h", tz="UTC"
)  # two days in Berlin, of 23 and 24 hours, and one more
NODE = {"grid": "North", "region": "Coast", "node": "Harbour"}


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """Two plants with two forecasts and a reading of each hour; the readings of one were withdrawn, others are held."""
    zone = DeliveryDefaults("plant", create_missing=True, time_zone=lambda grid: "Europe/Berlin")
    nodes = pd.DataFrame({"grid": "North", "region": "Coast", "node": ["Harbour", "Dock"], "metric": "load"})
    hours = nodes.merge(pd.DataFrame({"interval_start": HOURS, "value": np.arange(48.0)}), how="cross")
    for lead in (30, 6):
        reported = hours.assign(collected_at=hours["interval_start"] - lead * HOUR, value=hours["value"] + lead)
        shared_warehouse.deliver(reported, defaults=zone, source="plant")
    read = hours.assign(collected_at=hours["interval_start"] + 2 * HOUR)
    shared_warehouse.deliver(read[read["node"] == "Harbour"], defaults=zone, source="plant")
    shared_warehouse.deliver(read[read["node"] == "Dock"], status="withdrawn", defaults=zone, source="plant")
    shared_warehouse.deliver(
        read.head(1).assign(value=-1), status="held", defaults=DeliveryDefaults("plant"), source="late"
    )
    shared_warehouse.apply_loads()
    return shared_warehouse


ROWS = [
    lambda **how: wh.latest(**how),
    lambda **how: wh.as_of("2026-03-28 12:00", **how),
    lambda **how: wh.at_cutoff("day-ahead", **how),
    lambda **how: wh.accuracy(by=None, **how),
    lambda **how: wh.accuracy(by="hour", **how),
    lambda **how: wh.accuracy(by=None, collected="2030-01-01", **how),
    lambda **how: wh.restatements(**how),
    lambda **how: wh.restatements(loaded="2100-01-01 00:00", **how),
    lambda **how: wh.completeness(**how),
]
for_each_question = pytest.mark.parametrize("ask", ROWS, ids=range(len(ROWS)))


@for_each_question
def test_parts_put_together_are_the_whole(filled: Warehouse, ask: Callable) -> None:
    whole = ask()
    parts = list(ask(chunks=2))
    assert [len(part) for part in parts] == [2] * (len(whole) // 2) + [1] * (len(whole) % 2)
    assert len(whole) > 2
    together = pd.concat([part.astype(whole.dtypes) for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(together, whole, check_dtype=False)


@for_each_question
def test_a_limit_keeps_the_first_rows(filled: Warehouse, ask: Callable) -> None:
    first, whole = ask(limit=3), ask()
    assert len(first) == 3 <= len(whole)
    for frame in (first, whole):
        frame.attrs = {}
    pd.testing.assert_frame_equal(first, whole.head(3))


@for_each_question
def test_all_forms_hold_the_same_rows(filled: Warehouse, ask: Callable) -> None:
    frame, table, polars = ask(), ask(into="arrow"), ask(into="polars")
    assert isinstance(table, pa.Table)
    assert isinstance(polars, pl.DataFrame)
    assert table.column_names == polars.columns == list(frame.columns)
    assert len(frame) == table.num_rows == polars.height > 0
    for name in frame.select_dtypes("number"):
        assert np.array_equal(frame[name], table[name].to_numpy(), equal_nan=True)
        assert np.array_equal(frame[name], polars[name].to_numpy(), equal_nan=True)
    about = json.loads(table.schema.metadata[b"warehouse"])
    assert about | {"read_at": 0} == frame.attrs | {"read_at": 0}


def test_a_part_of_nothing_is_one_empty_frame(filled: Warehouse) -> None:
    (part,) = wh.latest("1999-01-01", "1999-01-02", chunks=10)
    assert part.empty
    assert list(part.columns) == list(wh.latest().columns)


def test_a_part_is_fetched_when_it_is_requested_and_not_before(
    filled: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    read = session.Session.read
    monkeypatch.setattr(session.Session, "read", lambda self, sql, *how, **options: (
        statements.append(sql), read(self, sql, *how, **options)
    )[1])  # fmt: skip
    parts = wh.latest(chunks=40)
    assert not [sql for sql in statements if sql.startswith("fetch")]
    next(parts)
    assert [sql for sql in statements if sql.startswith("fetch")] == ["fetch forward 40 from answer"]


def test_parts_are_of_one_snapshot(filled: Warehouse) -> None:
    parts = wh.latest(chunks=10)
    first = next(parts)
    load = filled.deliver(
        pd.DataFrame([{**NODE, "metric": "load", "interval_start": HOURS[-1], "collected_at": HOURS[-1] + 900 * HOUR}])
        .assign(value=-5.0),
        defaults=DeliveryDefaults("plant"),
        source="plant",
    )  # fmt: skip
    filled.apply_loads()
    try:
        assert -5.0 not in set(pd.concat([first, *parts])["value"])
        assert -5.0 in set(wh.latest()["value"])
    finally:
        filled.set_status(load.load_id, "withdrawn")
        filled.apply_loads()


def test_a_wrong_name_is_reported_before_the_first_part_is_requested(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"Unknown node 'Habour'. Did you mean Harbour\?"):
        wh.latest(node="Habour", chunks=10)


@pytest.mark.parametrize(
    ("ask", "stated"),
    [
        (lambda: wh.latest(into="panda"), "Unknown form 'panda'. Did you mean pandas?"),
        (lambda: wh.latest(limit=0), "limit=0 is not a number of rows"),
        (lambda: wh.latest(chunks=1.5), "chunks=1.5 is not a number of rows"),
        (lambda: wh.accuracy(by="leadtime"), "Unknown grouping 'leadtime'. Did you mean lead_time?"),
        (lambda: wh.restatements(by="year"), "Unknown grouping 'year'. Available: None, grid, metric, month, region."),
        (lambda: wh.rollup("zone"), "Unknown level 'zone'. Available: grid, region."),
        (lambda: wh.rollup("grid", region="Coast"), "A roll-up of grids has no regions"),
        (lambda: wh.rollup("region", region="Cost"), "Unknown region 'Cost'. Did you mean Coast?"),
        (lambda: wh.rollup("grid", metric="lod"), "Unknown metric 'lod'. Did you mean load?"),
        (lambda: wh.loads(status="acepted"), "Unknown status 'acepted'. Did you mean accepted?"),
        (lambda: wh.check_results(gate="mart"), "Unknown gate 'mart'. Did you mean marts?"),
        (lambda: wh.completeness("2026-03-29", "2026-03-29"), "The range from 2026-03-29 to 2026-03-29 has no day"),
        (
            lambda: wh.history("Harbour", "load", HOURS[0], collected="soon"),
            "'soon' is not a valid timestamp",
        ),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_be_right(filled: Warehouse, ask: Callable, stated: str) -> None:
    with pytest.raises(wh.ReadError) as raised:
        ask()
    assert stated in str(raised.value)


def test_an_answer_carries_what_was_requested_as_of_when_and_on_which_loads(filled: Warehouse) -> None:
    accepted = wh.loads(status="accepted")["load_id"].tolist()
    one = wh.as_of("2026-03-28 12:00", HOURS[0], **NODE, loaded="2100-01-01 00:00", flagged=False, limit=4)
    assert one.attrs["call"] == "as_of"
    requested = {"collected": "2026-03-28 12:00", "start": str(HOURS[0]), **NODE, "loaded": "2100-01-01 00:00"}
    assert one.attrs["requested"] == {**requested, "flagged": "False", "limit": "4"}
    assert (one.attrs["as_of"], one.attrs["loaded"]) == ("2026-03-28T12:00:00+00:00", "2100-01-01T00:00:00+00:00")
    assert one.attrs["loads"] == sorted(set(one["load_id"])) != accepted
    assert (one.attrs["rows"], one.attrs["series"]) == (4, 1)
    assert wh.accuracy().attrs["loads"] == accepted
    started = filled.query("select min(changed_at) from marts.fct_load_events where status = 'accepted'")[0][0]
    assert wh.accuracy(loaded=started).attrs["loads"] == accepted[:1]


def test_days_and_words_are_on_the_calendar_of_the_grid_and_the_answer_says_so(filled: Warehouse) -> None:
    day = wh.latest("2026-03-29", date(2026, 3, 30), **NODE)
    assert len(day) == 23  # the clock in Berlin goes forward
    assert (day.attrs["start"], day.attrs["end"]) == ("2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00")
    assert day.attrs["calendar_zone"] == "Europe/Berlin"
    assert wh.latest("2026-03", "2026-04", **NODE).equals(wh.latest(HOURS[0], HOURS[-1] + HOUR, **NODE))
    assert wh.history("Harbour", "load", ("2026-03-29", "2026-03-30"))["interval_start"].nunique() == 23
    now = wh.latest("yesterday", "tomorrow", **NODE).attrs
    assert pd.Timestamp(now["start"]).tz_convert("Europe/Berlin").strftime("%H:%M") == "00:00"
    assert wh.completeness("yesterday", "tomorrow").attrs["calendar_zone"] == "Europe/Berlin"
    assert "calendar_zone" not in wh.latest(HOURS[0], **NODE).attrs


def test_local_time_is_a_column_of_the_grids_own_zone(filled: Warehouse) -> None:
    for answer in (wh.latest(local=True), wh.rollup("grid", local=True), wh.accuracy(by=None, local=True)):
        assert str(answer["interval_start_local"].dtype) == "datetime64[us, Europe/Berlin]"
        assert (answer["interval_start_local"] == answer["interval_start"]).all()


def test_days_are_dates_that_pandas_can_reckon_with(filled: Warehouse) -> None:
    days = wh.completeness(**NODE)
    assert days["local_date"].dt.day_name().tolist() == ["Sunday", "Monday", "Tuesday"]
    assert days["expected"].tolist() == [23, 24, 24]
    assert str(wh.at_cutoff("day-ahead")["delivery_date"].dtype).startswith("datetime64")


def test_the_ledger_and_the_code_lists_are_those_of_the_marts(filled: Warehouse) -> None:
    loads = wh.loads()
    assert loads["status"].tolist()[:5] == ["accepted", "accepted", "accepted", "withdrawn", "held"]
    assert wh.loads(source="late")["status"].tolist() == ["held"]
    assert set(wh.loads(status=["held", "withdrawn"])["status"]) == {"held", "withdrawn"}
    assert set(wh.cutoffs()["name"]) == {"day-ahead", "evening-before", "same-morning", "day-after"}
    history = wh.node_history(node="Dock")
    assert history.columns.tolist()[-2:] == ["valid_from", "valid_to"]
    filled.query(
        "insert into raw.gate_results"
        " (load_id, rule, metric, rule_description, rows_checked, rows_failed, share_allowed, passed)"
        " values (1, 'odd', 'load', 'even', 4, 1, 0.5, true), (2, 'odd', 'load', 'even', 4, 3, 0.5, false)"
    )
    assert wh.gate_results()["rows_failed"].tolist() == [1, 3]
    assert wh.gate_results(load=2)["is_passed"].tolist() == [False]
    assert wh.gate_results(passed=True)["load_id"].tolist() == [1]
    assert wh.check_results(gate="raw").empty


def test_a_warehouse_without_series_answers_with_empty_frames(filled: Warehouse, warehouse: Warehouse) -> None:
    for ask in [*ROWS, lambda **how: wh.rollup("grid", **how), lambda **how: wh.flags(**how)]:
        assert ask().empty
        assert [len(part) for part in ask(chunks=5)] == [0]
        assert ask(local=True, into="polars").height == 0
    with pytest.raises(wh.ReadError, match=r"no series yet\. Load some"):
        wh.latest(node="Harbour")
