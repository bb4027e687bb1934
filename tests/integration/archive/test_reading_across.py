"""Archived months are read as if they were in the tables, and what cannot be read so is refused."""

from collections.abc import Callable, Iterator

import pytest
import warehouse as wh

from tests.support.archive_case import ArchiveCase, assert_same_answers
from tests.support.service_case import client_of
from tests.support.warehouses import Warehouse, changed_environment

pytestmark = [pytest.mark.sql, pytest.mark.one_server("months cannot be archived")]


@pytest.fixture(scope="module")
def case(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveCase]:
    with changed_environment(WAREHOUSE_ARCHIVE=str(tmp_path_factory.mktemp("archive"))):
        yield ArchiveCase(shared_warehouse)


def test_answers_are_the_same_before_archiving_and_after(case: ArchiveCase) -> None:
    before, sums = case.answers(), case.sums()
    case.archive()
    [(stored,)] = case.warehouse.query("select count(*) from raw.measures where interval_start < '2024-04-01 00:00Z'")
    assert stored == 0
    assert_same_answers(case.answers(), before)
    assert_same_answers(case.sums(), sums, rows=1, rtol=1e-12)


@pytest.mark.parametrize("read", [wh.accuracy, wh.restatements])
def test_sums_that_the_kept_sums_of_days_do_not_have_are_refused(case: ArchiveCase, read: Callable) -> None:
    for span, clocks in (
        (("2024-03-31T06:00Z", "2024-04-02"), {}),  # a part of a day
        ((), {"collected": case.collected}),
        ((), {"loaded": case.loaded}),
    ):
        with pytest.raises(wh.ReadError, match=r"revisions of 2024-03 are archived"):
            read(*span, by="region", **clocks)


REFUSED = [
    "select count(*) from marts.fct_measure_revisions where interval_start < '2024-03-31'",
    "select count(*) from marts.measures_as_of('2024-03-30', '2024-03-30', '2024-04-02')",
    "select count(*) from marts.measures_as_of(loaded_datetime => now())",
    "select count(*) from marts.revisions_as_of(start_datetime => '2024-03-31 23:00Z')",
    "select count(*) from marts.restatements_as_of(now())",
    "select count(*) from marts.forecast_accuracy_as_of(now())",
    "select count(*) from marts.at_cutoff_as_of()",
    "select count(*) from marts.region_hourly_as_of('2024-03-30')",
    "select count(*) from marts.fct_measures_at_cutoff",
    "select count(*) from marts.fct_restatements",
    "select count(*) from marts.fct_forecast_accuracy",
]


def test_sql_that_needs_archived_revisions_is_refused(case: ArchiveCase) -> None:
    for query in REFUSED:
        with pytest.raises(wh.ReadError, match=r"revisions of 2024-03 are archived.*warehouse unarchive 2024-03"):
            wh.sql(query)


def test_sql_over_other_intervals_answers(case: ArchiveCase) -> None:
    for query in REFUSED[3:5]:
        assert (
            wh.sql(
                query.replace("2024-03-31 23:00Z", "2024-04-01").replace("as_of(now())", "as_of(now(), '2024-04-01')")
            ).iloc[0, 0]
            > 0
        )
    from_april = " where interval_start >= '2024-04-01'"
    for query in REFUSED[-3:]:
        assert wh.sql(query + from_april).iloc[0, 0] > 0


def test_the_newest_values_and_the_summaries_stay(case: ArchiveCase) -> None:
    assert wh.sql("select count(*) from marts.measures_as_of(now() + interval '1 year')").equals(
        wh.sql("select count(*) from marts.fct_measures_latest")
    )
    [(revisions, stored)] = case.warehouse.query(
        "select (select revisions from marts.warehouse_stats), (select count(*) from staging.int_measure_revisions)"
    )
    assert revisions > stored


def test_the_http_service_answers_from_the_archive(case: ArchiveCase) -> None:
    node = wh.nodes(grid=case.berlin)["node_id"].iloc[0].item()
    query = {"node_id": node, "start_datetime": "2024-03-30T00:00Z", "end_datetime": "2024-04-02T00:00Z"}
    with client_of() as client:
        answer = client.get(
            "/api/v1/measures/evolution/", params={**query, "collected_datetime": case.collected.isoformat()}
        )
        assert answer.status_code == 200, answer.text
        expected = wh.as_of(case.collected, "2024-03-30T00:00Z", "2024-04-02T00:00Z", node=node)
        assert len(answer.json()) == len(expected) > 10


def test_resampling_an_archived_month_is_refused(case: ArchiveCase) -> None:
    with pytest.raises(wh.ReadError, match="Archived months cannot be resampled"):
        wh.as_of(case.collected, "2024-03-30", "2024-04-02", metric="load", resample="1D")
