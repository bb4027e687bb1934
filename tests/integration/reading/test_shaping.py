"""Answers in another unit, over longer intervals and with other columns, against the same done by pandas."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import warehouse as wh
from warehouse import charts

from loaders.ingest.shown_resolutions import DeliveryDefaults
from tests.support.running_service import running_service
from tests.support.scenarios import register_metrics
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.sql

ZONE = "Europe/Berlin"
START, END = "2026-10-24", "2026-10-27"  # three days, of which the second has 25 hours
NODES = [("Coast", "Dock"), ("Coast", "Mill"), ("Inland", "Mill")]
METRICS = {"load": ("15min", "PT15M", 100.0), "energy": ("30min", "PT30M", 3.0), "price": ("1D", "P1D", -20.0)}
MISSING = datetime(2026, 10, 26, 4, 15, tzinfo=UTC)
WITHDRAWN = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """Quarter-hours of load, half-hours of energy and days of prices of three nodes; one is missing, one withdrawn."""
    register_metrics(shared_warehouse)
    zone = DeliveryDefaults("plant", create_missing=True, time_zone=lambda grid: ZONE)
    for metric, (step, resolution, base) in METRICS.items():
        starts = pd.date_range(START, END, freq=step, tz=ZONE, inclusive="left").tz_convert("UTC")
        frames = [
            pd.DataFrame({"grid": "North", "region": region, "node": node, "interval_start": starts})
            .assign(value=base * (number + 1) + np.arange(len(starts)))
            .assign(metric=metric, resolution=resolution, collected_at=starts + pd.Timedelta("1h"))
            for number, (region, node) in enumerate(NODES)
        ]
        rows = pd.concat(frames)
        is_dock = rows["node"] == "Dock"
        rows.loc[is_dock & (rows["interval_start"] == WITHDRAWN) & (metric == "energy"), "value"] = None
        rows = rows[~(is_dock & (rows["interval_start"] == MISSING) & (metric == "load"))]
        shared_warehouse.deliver(rows, defaults=zone, source="plant")
    shared_warehouse.apply_loads()
    return shared_warehouse


@pytest.fixture(scope="module", params=["database", "http"])
def both_ways(request: pytest.FixtureRequest, filled: Warehouse) -> Iterator[None]:
    """The tests are run on the database, and on the service."""
    if request.param == "database":
        yield
        return
    with running_service(requests_per_minute=60_000) as (_, stream):
        wh.connect(stream.removesuffix("/api/v1/stream"))
        yield
        wh.connect(None)


def by_local(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The mean, the sum and the number of the values of each local day or month, per series."""
    local = frame["interval_start"].dt.tz_convert(ZONE).dt.tz_localize(None).dt.to_period(rule)
    return frame.groupby(["series_id", local])["value"].agg(["mean", "sum", "count"]).reset_index()


@pytest.mark.parametrize(("step", "rule"), [("1D", "D"), ("1M", "M"), ("1W", "W")])
def test_power_and_prices_are_averaged_and_energy_is_added_up_over_local_time(
    filled: Warehouse, step: str, rule: str
) -> None:
    expected = by_local(wh.latest(), rule)
    answer = wh.latest(resample=step)
    assert len(answer) == len(expected) > 8
    assert answer["series_id"].tolist() == expected["series_id"].tolist()
    starts = expected["interval_start"].dt.start_time.dt.tz_localize(ZONE)
    assert (answer["interval_start"] == starts).all()
    assert answer["intervals"].tolist() == expected["count"].tolist()
    is_energy = answer["metric"] == "energy"
    assert set(answer.loc[is_energy, "aggregation"]) == {"sum"}
    assert set(answer.loc[~is_energy, "aggregation"]) == {"mean"}
    is_whole = answer["intervals"] == answer["intervals_expected"]
    values = expected["sum"].where(is_energy, expected["mean"]).where(is_whole)
    assert np.allclose(answer["value"], values, equal_nan=True, rtol=1e-12)
    assert is_whole.any() == (step == "1D")


def test_days_have_their_own_number_of_hours_and_one_that_is_not_whole_has_no_value(both_ways: None) -> None:
    with pytest.warns(wh.ReadWarning, match="1 of 3 rows have no value, because intervals of theirs are missing"):
        days = wh.latest(START, END, node="Dock", metric="load", resample="1D")
    assert days["intervals_expected"].tolist() == [96, 100, 96]
    assert days["intervals"].tolist() == [96, 100, 95]
    assert days["value"].isna().tolist() == [False, False, True]
    assert days.attrs["incomplete"] == 1
    with pytest.warns(wh.ReadWarning):  # a withdrawn value is none
        energy = wh.latest(START, END, node="Dock", metric="energy", resample="1D")
    assert energy["intervals"].tolist() == [48, 50, 47]
    mill = {"region": "Coast", "node": "Mill", "metric": "load"}
    with pytest.warns(wh.ReadWarning, match="2 of 3"):  # and so is a day that the range cuts
        cut = wh.as_of(None, "2026-10-24 12:00", "2026-10-26 12:00", **mill, resample="1D")
    assert cut["value"].notna().tolist() == [False, True, False]


def test_hours_are_made_of_quarter_hours_also_where_an_hour_is_repeated(both_ways: None) -> None:
    hours = wh.latest("2026-10-25", "2026-10-26", node="Dock", metric="load", resample="1h", local=True)
    quarters = wh.latest("2026-10-25", "2026-10-26", node="Dock", metric="load")
    assert len(hours) == 25
    assert hours["interval_start_local"].dt.hour.tolist()[:5] == [0, 1, 2, 2, 3]
    assert hours["value"].tolist() == quarters["value"].groupby(np.arange(100) // 4).mean().tolist()


def test_a_limit_and_chunks_count_the_rows_of_the_answer(both_ways: None) -> None:
    whole = wh.latest(START, "2026-10-26", resample="1D")
    assert len(whole) == 18
    assert wh.latest(START, "2026-10-26", resample="1D", limit=5)["value"].equals(whole["value"].head(5))
    parts = list(wh.latest(START, "2026-10-26", resample="1D", chunks=7))
    assert [len(part) for part in parts] == [7, 7, 4]
    assert pd.concat(parts)["value"].tolist() == whole["value"].tolist()


def test_roll_ups_and_cut_offs_are_resampled_too(both_ways: None) -> None:
    hours = wh.rollup("region", START, "2026-10-26", metric="energy")
    days = wh.rollup("region", START, "2026-10-26", metric="energy", resample="1D", unit="GWh")
    assert days["value"].tolist() == pytest.approx((by_regions(hours) / 1000).tolist())
    assert days[["intervals", "nodes_reporting", "nodes_expected"]].to_numpy().tolist() == [
        *([24, 2, 2], [25, 2, 2]),
        *([24, 1, 1], [25, 1, 1]),
    ]
    names = {"node": "Mill", "region": "Inland", "metric": "load"}
    values = wh.at_cutoff("day-after", START, "2026-10-26", **names)
    days = wh.at_cutoff("day-after", START, "2026-10-26", **names, resample="1D")
    assert days["cutoff_name"].tolist() == ["day-after"] * 2
    assert days["cutoff_at"].tolist() == sorted(set(values["cutoff_at"]))
    assert days["value"].tolist() == [values["value"].head(96).mean(), values["value"].tail(100).mean()]


def by_regions(hours: pd.DataFrame) -> pd.Series:
    local = hours["interval_start"].dt.tz_convert(ZONE).dt.date
    return hours.groupby(["region_name", local], observed=True)["value"].sum()


def test_values_are_converted_wherever_they_are_in_a_unit(both_ways: None) -> None:
    names = {"node": "Dock", "metric": "load"}
    own, converted = (wh.latest(START, END, **names, **how) for how in ({}, {"unit": "GW"}))
    assert converted["value"].tolist() == (own["value"] / 1000).tolist()
    assert converted["unit"].cat.categories.tolist() == ["GW"]
    assert (own["value"] != 0).all()
    history = wh.history("Dock", "energy", (START, END), unit="kWh")
    assert history["value"].max() == own_maximum("energy") * 1000
    with pytest.raises(wh.ReadError, match=r"energy is in MWh, which cannot be converted to GW\. MWh is energy and GW"):
        wh.latest(START, END, unit="GW")
    with pytest.raises(wh.ReadError, match=r"Select the metrics that can be converted, with metric="):
        wh.rollup("grid", START, END, metric="load", unit="USD/MWh", chunks=3)


def own_maximum(metric: str) -> float:
    return float(wh.latest(node="Dock", metric=metric)["value"].max())


def test_a_wide_answer_has_a_column_for_each_name_and_a_row_for_each_interval(both_ways: None) -> None:
    names = {"region": "Coast", "metric": "load"}
    long = wh.latest(START, END, **names)
    wide = wh.latest(START, END, **names, wide="node", unit="GW")
    pivot = long.pivot(index="interval_start", columns="node_name", values="value")
    assert wide.index.name == "interval_start"
    assert wide.columns.tolist() == ["Dock", "Mill"]
    assert wide.index.tolist() == pivot.index.tolist()
    assert np.array_equal(wide, pivot / 1000, equal_nan=True)
    assert wide["Dock"].isna().sum() == 1
    assert wide.attrs["units"] == {"Dock": "GW", "Mill": "GW"}
    assert wide.attrs["requested"]["wide"] == "node"
    days = wh.latest(START, "2026-10-26", region="Inland", wide=["metric"], resample="1D", local=True, into="arrow")
    assert days.column_names == ["interval_start_local", "load", "energy", "price"]  # in the order of the series
    assert [str(start) for start in days["interval_start_local"].to_pylist()] == [
        "2026-10-24 00:00:00+02:00",
        "2026-10-25 00:00:00+02:00",
    ]
    assert wh.answer_info(days).units == {"energy": "MWh", "load": "MW", "price": "USD/MWh"}
    cutoffs = wh.at_cutoff(None, START, END, node="Dock", metric="energy", wide="cutoff")
    assert cutoffs.columns.tolist() == ["same-morning", "day-after"]
    assert wh.rollup("region", START, END, metric="load", wide="region", into="polars").columns[1:] == [
        "Coast",
        "Inland",
    ]
    assert wh.latest("2020-01-01", "2020-01-02", node="Dock", wide="metric").empty
    assert charts.plot(wide).to_dict()["title"]["text"] == "2 series in GW, Sat 24 Oct to Mon 26 Oct 2026"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            {"wide": "node", "metric": "load"},
            r"they differ in region\. Select one, or enter wide=\['region', 'node'\]\.",
        ),
        ({"wide": "region"}, r"differ in node and metric and resolution\. Select one"),
        ({"wide": "nodes"}, r"Unknown value of wide 'nodes'\. Did you mean node\?"),
        ({"wide": "cutoff"}, r"This answer has no cutoff for wide=\. Enter one of: grid, region"),
        ({"wide": "node", "limit": 3}, r"limit= counts single values, and wide= puts many into a row"),
        ({"wide": "node", "chunks": 3}, r"chunks= counts single values"),
    ],
)
def test_a_wide_answer_never_has_two_series_in_a_column(both_ways: None, names: dict, message: str) -> None:
    with pytest.raises(wh.ReadError, match=message):
        wh.latest(START, END, **names)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("2h", r"resample='2h' is not possible\. Enter one of: 15min, 30min, 1h, 1D, 1W, 1M, 1Y\."),
        (24, "resample=24 is not possible"),
        ("1h", r"Values of P1D cannot be resampled to 1h\. Use a longer interval, or select another resolution"),
    ],
)
def test_intervals_that_cannot_be_made_are_refused(both_ways: None, step: str, message: str) -> None:
    with pytest.raises(wh.ReadError, match=message):
        wh.latest(resample=step)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (
            lambda: wh.latest("2020-01-01", "2020-01-02"),
            "the first interval begins 2026-10-24 00:00, the last 2026",
        ),
        (lambda: wh.rollup("grid", "2027-01", "2028-01", resample="1M"), "have no values in this range"),
        (lambda: wh.latest(START, END, flagged=True), "No value in this range breaks a quality rule."),
        (
            lambda: wh.as_of("2026-10-01", START, END),
            "values in this range were not known at collected=2026-10-01.",
        ),
        (lambda: wh.restatements(START, END), "Nothing in this range was changed after delivery."),
        (lambda: wh.rollup("grid", START, END, metric="price"), "cannot be rolled up by the hour: they are of longer"),
        (lambda: next(wh.latest("2020-01-01", "2020-01-02", chunks=5)), "have no values in this range"),
    ],
)
def test_an_answer_of_no_rows_says_why(both_ways: None, read: Callable[[], pd.DataFrame], reason: str) -> None:
    with pytest.warns(wh.ReadWarning) as warned:
        answer = read()
    [warning] = warned
    assert reason in str(warning.message)
    assert warning.filename == __file__
    assert f"0 rows. {answer.attrs['reason']}" == str(warning.message)
    assert answer.empty


def test_loads_that_are_not_built_yet_are_a_reason(filled: Warehouse) -> None:
    start = pd.Timestamp("2027-05-01", tz="UTC")
    rows = pd.DataFrame([{"grid": "North", "region": "Coast", "node": "Dock", "metric": "load", "value": 1.0}])
    rows = rows.assign(interval_start=start, collected_at=start, resolution="PT15M")
    load = filled.deliver(rows, defaults=DeliveryDefaults("plant"), source="plant")
    with pytest.warns(wh.ReadWarning, match=r"1 accepted load is not in the marts yet\. Run: warehouse build"):
        assert wh.latest("2027-05-01", "2027-05-02").empty
    filled.set_status(load.load_id, "withdrawn")
