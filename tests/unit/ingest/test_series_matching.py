"""From names to series: which rows can be placed, why the others cannot, without a database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from loaders.errors import LoadError
from loaders.ingest.series_matching import match_series
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.ingest.total_nodes import refuse_sums
from loaders.notices import collect_notices
from loaders.registry.lookup import SeriesKey
from tests.support.known_series import NOON, Known, batch, placed, reasons


def test_a_row_goes_to_the_series_of_its_names_with_the_default_source():
    midnight = NOON - timedelta(hours=12)
    daily = {"node": "D", "source": "other", "value": 9.0, "interval_start": midnight}
    stored, refused = placed({"value": 7.0}, {"node": "M", "value": None}, daily)
    assert refused == []
    found = [(row["series_id"], row["value"], row["row_number"]) for row in stored]
    assert found == [(11, 7.0, 1), (12, None, 2), (13, 9.0, 3)]
    assert stored[0]["interval_start"] == stored[0]["collected_at"] == NOON


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"metric": "joy", "grid": "X"}, "unknown_metric"),
        ({"grid": "X"}, "unknown_grid"),
        ({"region": "X"}, "unknown_region"),
        ({"node": "X"}, "unknown_node"),
        ({"source": "another"}, "unknown_series"),
        ({"unit": "parsec"}, "unknown_unit"),
        ({"interval_start": NOON + timedelta(minutes=20)}, "not_aligned"),
        ({"node": "M", "interval_start": NOON + timedelta(minutes=5)}, "not_aligned"),
        ({"interval_start": NOON + timedelta(microseconds=1)}, "not_aligned"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused_with_the_reason_and_the_others_are_not(row, reason):
    stored, refused = placed({}, row, {"value": 3.0})
    assert [each["row_number"] for each in stored] == [1, 3]
    assert [(each["row_number"], each["reason"]) for each in refused] == [(2, reason)]


def test_the_hours_of_a_grid_half_an_hour_off_utc_are_aligned():
    assert (
        reasons({"interval_start": NOON + timedelta(minutes=30)}, {"interval_start": NOON + timedelta(minutes=45)})
        == []
    )


def test_a_payload_is_the_row_in_canonical_columns_so_that_it_can_be_ingested_again():
    _, refused = placed({"grid": "X", "value": 2.5, "unit": "MW"})
    payload = json.loads(refused[0]["payload"])
    moment = "2024-03-15T12:00:00+00:00"
    names = {"grid": "X", "region": "R", "node": "N", "metric": "load", "source": "src", "unit": "MW"}
    assert payload == {**names, "interval_start": moment, "collected_at": moment, "value": 2.5}


def test_a_row_that_reading_refused_keeps_its_reason_and_payload():
    given = {"reason": "bad_time", "payload": '{"line": "x"}', "interval_start": None, "grid": None}
    stored, refused = placed({}, given, {"node": "X"})
    assert len(stored) == 1
    assert refused[0] == {"row_number": 2, "reason": "bad_time", "payload": '{"line": "x"}'}
    assert refused[1]["reason"] == "unknown_node"


def test_a_batch_of_nothing_but_bad_rows_gives_no_row_to_store():
    stored, refused = placed({"reason": "bad_time", "payload": "{}"}, {"reason": "bad_line", "payload": "{}"})
    assert (stored, len(refused)) == ([], 2)


def test_unknown_names_are_registered_where_that_is_wanted_with_resolution_and_zone():
    registry = Known()
    defaults = DeliveryDefaults("src", "PT30M", create_missing=True, time_zone=lambda grid: f"zone of {grid}")
    rows = [{"grid": "X"}, {"grid": "X", "node": "P", "resolution": "PT15M"}, {"metric": "joy"}, {}, {"grid": "X"}]
    stored, refused = placed(*rows, registry=registry, defaults=defaults)
    assert registry.created == [
        (SeriesKey("X", "R", "N", "load", "src", "PT30M"), "zone of X"),
        (SeriesKey("X", "R", "P", "load", "src", "PT15M"), "zone of X"),
    ]
    assert [row["series_id"] for row in stored] == [101, 102, 11, 101]
    assert [(row["row_number"], row["reason"]) for row in refused] == [(3, "unknown_metric")]


def test_a_row_of_another_length_never_enters_a_series():
    quarter = {"resolution": "PT15M"}
    assert reasons(quarter, {"resolution": "PT1H"}, {}, quarter) == [(1, "other_resolution"), (4, "other_resolution")]


def test_nothing_is_registered_where_that_is_not_wanted():
    registry = Known()
    assert reasons({"grid": "X"}, {"node": "Y"}, registry=registry) == [(1, "unknown_grid"), (2, "unknown_node")]
    assert registry.created == []


def test_rows_keep_their_series_however_names_are_numbered_and_chunked():
    rows = [{"node": "N" if number % 3 else "M", "value": float(number)} for number in range(60)]
    whole = batch(*rows)
    chunked = pa.concat_tables([batch(*rows[:7]), batch(*rows[7:8]), batch(*rows[8:])])
    unused = pa.DictionaryArray.from_arrays(pa.array(np.zeros(60, np.int32)), pa.array(["G", "never used", None]))
    odd = whole.set_column(whole.column_names.index("grid"), "grid", unused)
    expected = [11 if number % 3 else 12 for number in range(60)]
    for table in (whole, chunked, odd):
        stored, refused = match_series(table, Known(), DeliveryDefaults("src"))
        assert stored["series_id"].to_pylist() == expected
        assert stored["value"].to_pylist() == [float(number) for number in range(60)]
        assert refused.num_rows == 0


def test_a_good_row_is_placed_among_thousands_that_share_no_name():
    names = ("grid", "region", "node", "metric", "source")
    rows = [{name: f"{name} {number}" for name in names} for number in range(10_000)]
    rows[5] = {"value": 7.0}
    stored, refused = placed(*rows)
    assert [(row["series_id"], row["value"], row["row_number"]) for row in stored] == [(11, 7.0, 6)]
    assert [row["row_number"] for row in refused] == [*range(1, 6), *range(7, 10_001)]
    assert {row["reason"] for row in refused} == {"unknown_metric"}
    assert json.loads(refused[-1]["payload"])["node"] == "node 9999"


def test_an_unknown_metric_is_created_where_its_unit_is_known():
    create = DeliveryDefaults("src", create_missing=True)
    stored, refused = placed({"metric": "generation", "unit": "GW"}, defaults=create)
    assert (len(stored), refused) == (1, [])
    assert reasons({"metric": "generation"}, defaults=create) == [(1, "unknown_metric")]
    assert reasons({"metric": "generation", "unit": "GW"}) == [(1, "unknown_metric")]


def test_a_stated_zone_that_contradicts_the_registered_grid_is_refused():
    registry = Known()
    registry.grid_zones = {"G": "Europe/Berlin"}
    assert placed({}, defaults=DeliveryDefaults("src", stated_time_zone="Europe/Berlin"), registry=registry)[1] == []
    with pytest.raises(LoadError, match="registered with the time zone Europe/Berlin, not Europe/Paris"):
        placed({}, defaults=DeliveryDefaults("src", stated_time_zone="Europe/Paris"), registry=registry)


def test_blank_rows_are_neither_stored_nor_rejected():
    stored, refused = placed({"value": None, "reason": "blank"}, {})
    assert ([row["row_number"] for row in stored], refused) == ([2], [])


@pytest.mark.parametrize("name", ["Total", "Summe", "SUM", "Total load", "Average", "Durchschnitt", "Total R", "ALL"])
def test_a_total_is_no_new_node_next_to_others(name):
    registry, defaults = Known(), DeliveryDefaults("src", create_missing=True)
    with pytest.raises(LoadError, match=f"The node {name} seems to be a total .* of R, .*--total '{name}'"):
        match_series(batch({}, {"node": name}), registry, defaults)
    assert not registry.created
    match_series(batch({"region": "Empty", "node": name}), registry, defaults)
    assert registry.created[0][0].node == name
    registry.nodes["G", "R", name] = 4
    match_series(batch({}, {"node": name}), registry, defaults)


@pytest.mark.parametrize(("factor", "what"), [(1, "the sum"), (0.5, "the mean"), (2, None)])
def test_a_new_node_that_is_computed_from_others_is_refused(factor, what):
    nodes = {"A": lambda hour: 100.0 + hour, "B": lambda hour: 50.0 + 3 * hour**2}
    nodes["RTO"] = lambda hour: factor * (150.0 + hour + 3 * hour**2)
    rows = [
        {"node": name, "interval_start": NOON + timedelta(hours=hour), "value": value(hour)}
        for hour in range(9)
        for name, value in nodes.items()
    ]
    if what is None:
        refuse_sums(batch(*rows), {("G", "R", "RTO")})
        return
    with pytest.raises(LoadError, match=f"values of the node RTO are {what} of those of A, B in R"):
        refuse_sums(batch(*rows), {("G", "R", "RTO")})
    refuse_sums(batch(*rows), {("G", "R", "A")})


def test_quarter_hours_without_a_resolution_never_enter_an_hourly_series():
    registry = Known()
    registry.grid_zones = {"G": "Europe/Berlin"}
    rows = [{"interval_start": NOON + timedelta(minutes=15 * number)} for number in range(4)]
    with pytest.raises(LoadError, match=r"G/R/N load \(src\), PT1H, begin within its intervals"):
        placed(*rows, registry=registry)
    stated = [{**row, "resolution": "PT1H"} for row in rows]
    assert [number for number, _ in reasons(*stated, registry=registry)] == [2, 3, 4]


def test_rows_of_another_length_begin_a_second_series_with_a_notice():
    registry = Known()
    with collect_notices() as notices:
        stored, refused = placed(
            {"resolution": "PT15M"}, {}, defaults=DeliveryDefaults("src", create_missing=True), registry=registry
        )
    assert ([row["series_id"] for row in stored], refused) == ([101, 11], [])
    assert [text for text in notices if "begins a series with the resolution PT15M, next to PT1H" in text]


def test_what_earlier_rows_showed_holds_for_the_rest_of_a_delivery():
    registry, defaults = Known(), DeliveryDefaults("src", create_missing=True)
    hours = [{"node": "M", "interval_start": NOON + timedelta(hours=number)} for number in range(8)]
    assert [row["series_id"] for row in placed(*hours, defaults=defaults, registry=registry)[0]] == [101] * 8
    last = {"node": "M", "interval_start": NOON + timedelta(hours=8)}
    assert [row["series_id"] for row in placed(last, defaults=defaults, registry=registry)[0]] == [101]
    assert reasons(last, registry=registry) == [(1, "unclear_resolution")]


def test_one_row_a_day_begins_a_daily_series_and_enters_no_hourly_one():
    days = [{"node": "M2", "interval_start": datetime(2024, 3, day, tzinfo=UTC)} for day in range(1, 5)]
    defaults = DeliveryDefaults("src", create_missing=True, is_resolution_assumed=True)
    registry = Known()
    with collect_notices() as notices:
        assert placed(*days, defaults=defaults, registry=registry)[1] == []
    assert [key.resolution for key, _ in registry.created] == ["P1D"]
    assert list(notices) == ["series of src: resolution P1D (inferred: one row a day, at midnight)"]
    hourly = [{**day, "node": "N"} for day in days]
    fresh = replace(defaults, shown_resolutions={})
    assert {reason for _, reason in reasons(*hourly, defaults=fresh)} == {"unclear_resolution"}
    assert reasons(*[{**day, "resolution": "PT1H"} for day in hourly], defaults=fresh) == []
    assert reasons(*hourly, defaults=replace(fresh, is_resolution_assumed=False)) == []


@pytest.mark.parametrize(("node", "source"), [("N", "src"), ("D", "other")])
def test_rows_of_months_never_enter_a_series_of_hours_or_days(node, source):
    months = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 5)]
    rows = [{"interval_start": month, "node": node, "source": source} for month in months]
    defaults = DeliveryDefaults("tso", create_missing=True, is_resolution_assumed=True)
    stored, rejected = match_series(batch(*rows), Known(), defaults)
    assert (len(stored), set(rejected["reason"].to_pylist())) == (0, {"unclear_resolution"})


def test_rows_of_months_begin_a_series_of_months():
    months = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 5)]
    rows = [{"interval_start": month, "node": "New"} for month in months]
    defaults, registry = DeliveryDefaults("src", create_missing=True, is_resolution_assumed=True), Known()
    with collect_notices() as notices:
        assert placed(*rows, defaults=defaults, registry=registry)[1] == []
    assert [key.resolution for key, _ in registry.created] == ["P1M"]
    assert list(notices) == ["series of src: resolution P1M (inferred from the spacing of the rows)"]
    two = [{"interval_start": month, "node": "Other"} for month in months[:2]]
    assert {reason for _, reason in reasons(*two, defaults=defaults)} == {"unclear_resolution"}
