"""Prices of one metric in two currencies, from files of two publishers to the marts."""

from datetime import datetime
from pathlib import Path

import pytest
import warehouse as wh
from warehouse import charts

import loaders
from loaders.dbt_runner import run_dbt
from loaders.errors import RegistryError
from loaders.formats import ReadOptions
from loaders.gates import load_gate as load_gate_module
from loaders.gates.rules import RULES_FILE, read_rules
from loaders.gates.unlimited_series import describe_unlimited_series
from loaders.ingest.options import IngestResult
from tests.support.service_case import client_of, keys_of_roles
from tests.support.warehouses import Warehouse

KNOWN = "2024-02-29T12:00:00Z"
NORD_POOL = """Delivery Date CET;Delivery Start (CET);Delivery End (CET);GB (EUR);FR (EUR)
01.03.2024;01.03.2024 01:00:00;01.03.2024 02:00:00;45,50;40,00
01.03.2024;01.03.2024 02:00:00;01.03.2024 03:00:00;46,50;41,00
"""
HEADER = "grid,region,node,metric,unit,source,resolution,interval_start,collected_at,value\n"
ROLLED_UP = """
select source, unit, interval_start::text, resolutions, nodes_reporting, nodes_expected, round(value::numeric, 3)::float
from {0} where source <> 'relabelled' order by 1, 2, 3
"""


def prices(*rows: tuple[str, str, str, str, float], source: str = "elexon", resolution: str = "PT1H") -> str:
    """A file in the format long. Rows: node, unit, time of 2024-03-01, when it was known, value."""
    return HEADER + "".join(
        f"Nord Pool,Nord Pool,{node},price,{unit},{source},{resolution},2024-03-01T{at}Z,{known},{value}\n"
        for node, unit, at, known, value in rows
    )


def ingest(folder: Path, name: str, text: str, **options: object) -> IngestResult:
    (folder / name).write_text(text, encoding="utf-8")
    how = loaders.IngestOptions(
        **{"format": "long", "create_missing": True, "grid_time_zone": "Europe/Oslo", **options}
    )
    return loaders.ingest_files([folder / name], how)[0]


@pytest.fixture(scope="module")
def priced(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("prices")
    with shared_warehouse.connect() as connection:
        loaders.register(connection, {"metrics": [{"metric": "price", "unit": "EUR/MWh", "aggregation": "mean"}]})
    euros = ReadOptions(collected_at=datetime.fromisoformat(KNOWN))
    done = [
        ingest(folder, "nordpool.csv", NORD_POOL, format="nordpool-day-ahead", grid_time_zone=None, read=euros),
        # The same place, in pounds; and a source that has both currencies, in hours and in quarters of an hour.
        ingest(
            folder, "elexon.csv", prices(("GB", "£/kWh", "00:00", KNOWN, 0.039), ("GB", "£/kWh", "01:00", KNOWN, 40))
        ),
        ingest(
            folder,
            "hours.csv",
            prices(
                ("GB", "GBP/MWh", "00:00", KNOWN, 30.0),
                ("FR", "EUR/MWh", "00:00", KNOWN, 50.0),
                ("DE", "ct/kWh", "00:00", KNOWN, 7.0),
                ("XX", "EUR/MWh", "00:00", KNOWN, 10.0),
                source="exchange",
            ),
        ),
        ingest(
            folder,
            "quarters.csv",
            prices(
                *(("XX", "GBP/MWh", f"00:{minute:02}", KNOWN, 20.0) for minute in (0, 15, 30, 45)),
                source="exchange",
                resolution="PT15M",
            ),
        ),
    ]
    assert [(each.error, each.result and each.result.status) for each in done] == [(None, "accepted")] * 4
    shared_warehouse.apply_loads()
    return shared_warehouse


def test_facts_and_series_have_the_unit_in_which_the_series_began(priced: Warehouse) -> None:
    series = "select node_name, source, resolution, unit from marts.dim_series where source in ('nordpool', 'elexon')"
    assert sorted(priced.query(series)) == [
        ("FR", "nordpool", "PT1H", "EUR/MWh"),
        ("GB", "elexon", "PT1H", "GBP/MWh"),
        ("GB", "nordpool", "PT1H", "EUR/MWh"),
    ]
    latest = "select source, value, unit from marts.fct_measures_latest where node_name = 'GB' and source <> 'exchange'"
    assert sorted(priced.query(latest)) == [
        ("elexon", 39.0, "GBP/MWh"),
        ("elexon", 40_000.0, "GBP/MWh"),
        ("nordpool", 45.5, "EUR/MWh"),
        ("nordpool", 46.5, "EUR/MWh"),
    ]
    assert priced.query("select unit from marts.dim_metric where metric = 'price'") == [("EUR/MWh",)]


def test_roll_ups_keep_currencies_apart_and_functions_agree(priced: Warehouse) -> None:
    expected = [
        ("elexon", "GBP/MWh", "2024-03-01 00:00:00+00", "PT1H", 1, 1, 39.0),
        ("elexon", "GBP/MWh", "2024-03-01 01:00:00+00", "PT1H", 1, 1, 40_000.0),
        ("exchange", "EUR/MWh", "2024-03-01 00:00:00+00", "PT1H", 3, 3, round((50.0 + 70.0 + 10.0) / 3, 3)),
        ("exchange", "GBP/MWh", "2024-03-01 00:00:00+00", "PT15M, PT1H", 2, 2, (30.0 + 20.0) / 2),
        ("nordpool", "EUR/MWh", "2024-03-01 00:00:00+00", "PT1H", 2, 2, (45.5 + 40.0) / 2),
        ("nordpool", "EUR/MWh", "2024-03-01 01:00:00+00", "PT1H", 2, 2, (46.5 + 41.0) / 2),
    ]
    for level in ("region", "grid"):
        for relation in (f"fct_{level}_hourly", f"{level}_hourly_as_of()", f"{level}_hourly_at_cutoff()"):
            found = priced.query(ROLLED_UP.format(f"marts.{relation}"))
            if relation.endswith("at_cutoff()"):  # one row for each cut-off by which all was known
                found = sorted(set(found))
            assert found == expected, relation


@pytest.mark.parametrize("is_large", [False, True])
def test_a_revision_changes_the_hour_of_its_own_currency(priced: Warehouse, tmp_path: Path, is_large: bool) -> None:
    before = dict(priced.query("select unit, value from marts.fct_grid_hourly where source = 'exchange'"))
    value = 34.0 if is_large else 32.0
    known = f"2024-03-0{3 if is_large else 2}T00:00:00Z"
    later = ingest(tmp_path, "later.csv", prices(("GB", "GBP/MWh", "00:00", known, value), source="exchange"))
    priced.apply_loads(as_large_change=is_large)
    after = dict(priced.query("select unit, value from marts.fct_grid_hourly where source = 'exchange'"))
    assert after == {**before, "GBP/MWh": (value + 20.0) / 2}
    priced.set_status(later.result.load_id, "withdrawn")
    priced.apply_loads(as_large_change=is_large)
    assert dict(priced.query("select unit, value from marts.fct_grid_hourly where source = 'exchange'")) == {
        **before,
        "GBP/MWh": 25.0,
    }


def test_hours_that_were_summed_before_series_had_units_are_in_that_of_their_metric(priced: Warehouse) -> None:
    rows = "select * from marts.fct_{0}_hourly where unit = 'EUR/MWh' order by source, interval_start"
    before = {level: priced.query(rows.format(level)) for level in ("region", "grid")}
    for level in before:
        priced.query(f"delete from staging.int_{level}_hours where unit <> 'EUR/MWh'")
        priced.query(f"alter table staging.int_{level}_hours drop column unit cascade")
    run_dbt(["run", "--select", "int_region_hours+", "int_grid_hours+"])
    assert {level: priced.query(rows.format(level)) for level in before} == before
    priced.apply_loads(as_large_change=True)


def test_a_file_in_another_currency_than_its_series_is_refused_in_one_sentence(
    priced: Warehouse, tmp_path: Path
) -> None:
    loads = priced.query("select count(*) from raw.loads")
    again = ingest(tmp_path, "euros.csv", prices(("GB", "EUR/MWh", "02:00", KNOWN, 45.0)))
    assert again.error == (
        f"{tmp_path / 'euros.csv'}: price of GB from elexon is in GBP/MWh, and its rows are in EUR/MWh, which cannot be"
        " converted. Load them as another source (--source), or state the right unit (--unit). Nothing was stored: 1 of"
        " 1 rows would be rejected."
    )
    assert priced.query("select count(*) from raw.loads") == loads


def test_limits_in_one_currency_are_not_applied_to_another_and_this_is_reported(
    priced: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = "select why from raw.load_events join raw.loads using (load_id) where uri like %s and decided_by = 'gate'"
    assert priced.query(decided, "%/elexon.csv")[0][0].endswith("; no limits in GBP/MWh: price_range, price_jump")
    assert "no limits" not in priced.query(decided, "%/nordpool.csv")[0][0]
    with priced.connect() as connection:
        (note,) = describe_unlimited_series(connection, read_rules())
    assert note.startswith(
        "3 series of price in GBP/MWh, because the limits of price_range, price_jump are in EUR/MWh."
    )

    pounds = "  - {name: pounds, kind: range, metrics: [price], units: [£/MWh], min: 0, max: 99, share_allowed: 0}\n"
    rules = tmp_path / "rules.yml"
    rules.write_text(
        RULES_FILE.read_text(encoding="utf-8").replace("rules:\n", f"rules:\n{pounds}", 1), encoding="utf-8"
    )
    monkeypatch.setattr(load_gate_module, "RULES_FILE", rules)
    held = ingest(tmp_path, "dear.csv", prices(("GB", "GBP/MWh", "03:00", KNOWN, 100.0)))
    assert (held.result.status, [each.rule for each in held.verdict.failures]) == ("held", ["pounds"])
    fine = ingest(tmp_path, "euros.csv", prices(("FR", "EUR/MWh", "03:00", KNOWN, 100.0), source="nordpool"))
    assert fine.result.status == "accepted"
    with priced.connect() as connection:
        (note,) = describe_unlimited_series(connection, read_rules(rules))
    assert "the limits of price_jump are" in note


def test_a_correction_is_in_the_unit_of_the_series(priced: Warehouse) -> None:
    done = loaders.correct({"2024-03-01T00:00Z": 38.0}, node="GB", source="elexon", why="a misprint")
    assert (done.unit, done.status) == ("GBP/MWh", "accepted")
    assert [(value.before, value.value) for value in done.values] == [(39.0, 38.0)]
    priced.set_status(done.load_id, "withdrawn")


def test_over_http_values_are_in_the_unit_of_the_series(priced: Warehouse) -> None:
    [(series_id,)] = priced.query("select series_id from raw.series where source = 'elexon'")
    row = {"grid": "Nord Pool", "region": "Nord Pool", "node": "GB", "metric": "price", "source": "elexon"}
    row |= {"timestamp": "2024-03-01T05:00:00Z", "collected_at": KNOWN, "value": 0.05, "unit": "GBP/kWh"}
    with client_of(keys_of_roles()["loader"]) as client:
        stored = client.post("/api/v1/measures/", json=[row])
        assert stored.status_code == 201, stored.text
        refused = client.post(
            "/api/v1/measures/", json=[row | {"collected_at": "2024-02-29T13:00Z", "unit": "EUR/MWh"}]
        )
        assert refused.status_code == 422
        assert "is in GBP/MWh, and its rows are in EUR/MWh, which cannot be converted" in refused.json()["detail"]
        path = f"/api/v1/measures/{series_id}-{int(datetime.fromisoformat(row['timestamp']).timestamp())}/"
        corrected = client.put(path, json={"value": 51.0}).json()
    assert corrected["unit"] == "GBP/MWh"
    assert [(value["before"], value["value"]) for value in corrected["values"]] == [(50.0, 51.0)]
    for answer in (stored.json(), corrected):
        priced.set_status(answer["load_id"], "withdrawn")


def test_the_library_converts_no_currency_and_draws_each_on_its_own_axis(priced: Warehouse) -> None:
    prices_of_gb = {"metric": "price", "node": "GB", "source": ["nordpool", "elexon"]}
    frame = wh.latest("2024-03-01", "2024-03-02", **prices_of_gb)
    assert dict(frame.groupby("source", observed=True)["unit"].first()) == {"elexon": "GBP/MWh", "nordpool": "EUR/MWh"}
    with pytest.raises(wh.ReadError, match="cannot be converted to EUR/MWh"):
        wh.latest("2024-03-01", "2024-03-02", **prices_of_gb, unit="EUR/MWh")
    in_euros = wh.latest("2024-03-01", "2024-03-02", **{**prices_of_gb, "source": "nordpool"}, unit="ct/kWh")
    assert in_euros["value"].tolist() == pytest.approx([4.55, 4.65])
    panels = charts.series_lines(frame).to_dict()["vconcat"]
    titles = [
        {mark["encoding"]["y"].get("title") for mark in panel["layer"] if "y" in mark["encoding"]} for panel in panels
    ]
    assert titles == [{"EUR/MWh"}, {"GBP/MWh"}] or titles == [{"GBP/MWh"}, {"EUR/MWh"}]


def test_a_registered_series_keeps_its_unit_and_its_metric_too(priced: Warehouse) -> None:
    entry = {"grid": "Nord Pool", "region": "Nord Pool", "node": "GB", "metric": "price"} | {"resolution": "PT1H"}
    with priced.connect() as connection:
        added = [
            loaders.register(connection, {"series": [entry | new]})
            for new in (
                {"source": "by hand", "unit": "£/MWh"},
                {"source": "by hand", "unit": "GBP/MWh"},
                {"source": "by hand"},
            )
        ]
        assert [(done.added, done.unchanged) for done in added] == [(1, 0), (0, 1), (0, 1)]
        with pytest.raises(RegistryError, match=r"is in GBP/MWh, not in EUR/MWh\. A series keeps its unit"):
            loaders.register(connection, {"series": [entry | {"source": "by hand", "unit": "EUR/MWh"}]})
        with pytest.raises(RegistryError, match="price is in EUR/MWh, so a series of it cannot be in MWh"):
            loaders.register(connection, {"series": [entry | {"source": "new", "unit": "MWh"}]})
        metric = {"metric": "price", "unit": "USD/MWh", "aggregation": "mean"}
        with pytest.raises(RegistryError, match="it has series in GBP/MWh, so its unit EUR/MWh cannot be changed"):
            loaders.register(connection, {"metrics": [metric]})
        changed = loaders.register(connection, {"metrics": [{**metric, "unit": "EUR/MWh", "aggregation": "sum"}]})
        assert changed.changed == 1
        loaders.register(connection, {"metrics": [{**metric, "unit": "EUR/MWh"}]})
    units = "select distinct unit from raw.series where metric = 'price' order by unit"
    assert priced.query(units) == [("EUR/MWh",), ("GBP/MWh",)]


def test_the_series_of_a_metric_follow_when_its_unit_is_corrected(priced: Warehouse) -> None:
    entry = {"grid": "Nord Pool", "region": "Nord Pool", "node": "GB", "metric": "heat"} | {"resolution": "PT1H"}
    with priced.connect() as connection:
        metric = {"metric": "heat", "unit": "kW", "aggregation": "sum"}
        loaders.register(connection, {"metrics": [metric], "series": [{**entry, "source": "relabelled"}]})
        loaders.register(connection, {"metrics": [{**metric, "unit": "MW"}]})
    assert priced.query("select unit from raw.series where source = 'relabelled'") == [("MW",)]
