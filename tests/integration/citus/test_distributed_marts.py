"""The marts and functions of a distributed warehouse have the rows of one that is not, build by build."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import pytest
import warehouse as wh

from tests.support.citus_cluster import undistributed_warehouse
from tests.support.warehouses import Warehouse, temporary_database

pytestmark = pytest.mark.citus

# What depends on when the test runs, and on which database it is.
LEFT_OUT = {"catalog_version", "dim_load", "fct_load_events", "fct_gate_results"}
MARTS = "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'p', 'v')"
DISTRIBUTED = """
select logicalrelid::text from pg_dist_partition where partmethod = 'h' and logicalrelid::text like 'staging.int_%'
"""
RANGE = "start_datetime => '2024-03-30 06:00Z', end_datetime => '2024-04-01 05:00Z'"
FUNCTIONS = (
    *(
        f"marts.{name}({moment}{RANGE}{loaded})"
        for name in (
            "measures_as_of",
            "revisions_as_of",
            "at_cutoff_as_of",
            "forecast_accuracy_as_of",
            "restatements_as_of",
            "grid_hourly_as_of",
            "region_hourly_at_cutoff",
        )
        for moment in ("", "collected_datetime => '2024-03-31 09:00Z', ")
        for loaded in ("", ", loaded_datetime => 'infinity'")
    ),
    f"marts.measures_collected_by(collected_datetime => '2024-03-31 09:00Z', {RANGE})",
    f"marts.accuracy_by_group(grouped_by => 'lead_time', {RANGE})",
    f"marts.accuracy_by_group_as_of(grouped_by => 'hour', {RANGE})",
    f"marts.restatements_by_group(grouped_by => 'series', {RANGE})",
    "marts.completeness_by_day(start_date => '2024-03-29', end_date => '2024-04-02')",
)


def rows(metric: str, lead: str, step: str = "1h", nodes: str = "ab", add: float = 0.0) -> pd.DataFrame:
    """Values of three days over the end of a month, collected `lead` before delivery."""
    starts = pd.date_range("2024-03-30", "2024-04-02", freq=step, tz="UTC", inclusive="left")
    frames = [
        pd.DataFrame(
            {
                "grid": "g",
                "region": "r",
                "node": node,
                "metric": metric,
                "resolution": {"1h": "PT1H", "15min": "PT15M"}[step],
                "interval_start": starts,
                "collected_at": starts - pd.Timedelta(lead),
                "value": [100.0 + number + place + add for place in range(len(starts))],
            }
        )
        for number, node in enumerate(nodes)
    ]
    return pd.concat(frames)


def answers_of_builds(made: Warehouse) -> list[dict[str, Any]]:
    """What all marts and functions answer to an analyst, after each of three builds."""
    first = made.deliver(rows("load", "-2h"))
    made.deliver(rows("load_forecast", "24h", "15min", "a"))
    made.deliver(rows("load", "-2h", "15min", "a"))
    made.build()
    answers = [read(made)]
    made.deliver(rows("load", "72h", add=8.0).iloc[::5])
    made.deliver(rows("load", "60h", add=7.0).iloc[::5])
    made.deliver(rows("load", "-30h", add=5.0).iloc[::7])
    made.deliver(rows("load", "-2h", add=1.0).iloc[::11])
    made.deliver(rows("load_forecast", "12h", "1h").assign(value=None).iloc[::13])
    made.build()
    answers.append(read(made))
    made.deliver(rows("load", "-2h").iloc[::3])
    made.set_status(first.load_id, "withdrawn")
    made.build()
    return [*answers, read(made)]


def read(made: Warehouse) -> dict[str, Any]:
    with made.connect("warehouse_analyst") as analyst:
        marts = [f"marts.{name}" for (name,) in analyst.execute(MARTS).fetchall() if name not in LEFT_OUT]
        answers = {name: analyst.execute(f"select * from {name}").fetchall() for name in [*marts, *FUNCTIONS]}
    days = ("2024-03-30 06:00", "2024-04-01 05:00")
    for name, frame in {
        "wh.latest": wh.latest(),
        "wh.latest of days": wh.latest(*days),
        "wh.latest of nothing": wh.latest(flagged=True),
        "wh.as_of": wh.as_of("2024-03-31 09:00"),
        "wh.as_of days": wh.as_of("2024-03-31 09:00", *days, metric="load"),
        "wh.as_of one node": wh.as_of("2024-03-31 09:00", *days, node="b", metric="load"),
    }.items():
        known = frame.astype(object).where(frame.notna(), None)
        answers[name] = list(known.itertuples(index=False, name=None))
    return answers


def differ(one: Any, other: Any) -> bool:
    """Sums are made in another order, so their last digits may differ."""
    if isinstance(one, float) and isinstance(other, float):
        return one != pytest.approx(other, rel=1e-9, abs=1e-9)
    return bool(one != other)


def by_keys(row: tuple[Any, ...]) -> tuple[str, str]:
    floats = [value for value in row if isinstance(value, float)]
    return repr([value for value in row if not isinstance(value, float)]), repr([f"{value:.4g}" for value in floats])


def test_every_mart_and_function_is_that_of_one_server(test_server: None) -> None:
    with undistributed_warehouse("test_citus_plain") as plain:
        expected = answers_of_builds(plain)
    with temporary_database("test_citus_marts") as made:
        answers = answers_of_builds(made)
        for mart in ("fct_measures_latest", "fct_measure_revisions"):
            plan = made.query(f"explain select * from marts.{mart} where series_id = 1")
            assert [line.strip() for (line,) in plan if "Task Count" in line] == ["Task Count: 1"]  # one shard
        assert ("staging.int_measure_revisions",) in made.query(DISTRIBUTED)
    for build, (one, other) in enumerate(zip(expected, answers, strict=True)):
        for name, wanted in one.items():
            found = other[name]
            assert len(found) == len(wanted), f"{name} after build {build}"
            if not name.startswith("wh."):  # whose rows have an order
                wanted, found = sorted(wanted, key=by_keys), sorted(found, key=by_keys)
            pairs = zip(wanted, found, strict=True)
            wrong = [(a, b) for a, b in pairs if any(differ(x, y) for x, y in zip(a, b, strict=True))]
            assert not wrong, f"{name} after build {build}: {wrong[:2]}"
    assert any(answers[-1][name] for name in FUNCTIONS)


def test_calls_go_on_through_a_full_refresh(test_server: None) -> None:
    """A node may get a query of a table that has been replaced. Then the call is made again."""
    with temporary_database("test_citus_refresh") as made:
        made.deliver(rows("load", "-2h"))
        made.build()
        expected, is_built, lengths = len(wh.latest()), threading.Event(), []

        def read() -> None:
            while not is_built.is_set():
                lengths.append((len(wh.latest()), len(wh.as_of(None, node="a"))))

        with ThreadPoolExecutor(3) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            try:
                for _ in range(2):
                    made.build("--full-refresh")
            finally:
                is_built.set()
            for reader in readers:
                reader.result(timeout=60)
        assert set(lengths) == {(expected, expected // 2)}
