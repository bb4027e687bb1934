"""In which unit a series begins, and which rows are stored in it, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.errors import LoadError
from loaders.ingest.shown_resolutions import DeliveryDefaults
from loaders.notices import collect_notices
from loaders.registry.lookup import Series, SeriesKey
from tests.support.known_series import Known, placed, reasons

PRICES = SeriesKey("G", "R", "N", "price", "src", "PT1H")
CREATE = DeliveryDefaults("src", create_missing=True)
EUROS = {"EUR/MWh": 1.0, "€/MWh": 1.0, "ct/kWh": 10.0, "EUR/kWh": 1000.0}
POUNDS = {"GBP/MWh": 1.0, "£/kWh": 1000.0, None: 1.0}


def price(**row: object) -> dict:
    return {"metric": "price", **row}


def registered(unit: str) -> Known:
    registry = Known()
    registry.series[PRICES] = Series(50, unit, 3600)
    return registry


def test_a_series_begins_in_the_currency_of_its_rows_and_one_notice_says_so():
    registry = Known()
    with collect_notices() as notices:
        stored, refused = placed(
            price(unit="£/kWh", value=2.0),
            price(unit="GBP/MWh", node="M", value=3.0),
            defaults=CREATE,
            registry=registry,
        )
    assert [row["value"] for row in stored] == [2000.0, 3.0]
    assert refused == []
    assert {registry.series[PRICES._replace(node=node)].unit for node in "NM"} == {"GBP/MWh"}
    (notice,) = notices
    assert notice.startswith("price of src: begins in GBP/MWh, next to the metric's EUR/MWh.")


def test_a_series_in_a_unit_that_can_be_converted_begins_in_the_unit_of_its_metric():
    registry = Known()
    with collect_notices() as notices:
        stored, _ = placed(price(unit="ct/kWh", value=2.0), defaults=CREATE, registry=registry)
    assert ([row["value"] for row in stored], registry.series[PRICES].unit, [*notices]) == ([20.0], "EUR/MWh", [])


def test_no_series_begins_in_another_currency_where_none_is_to_be_created():
    registry = Known()
    assert reasons(price(unit="GBP/MWh"), registry=registry) == [(1, "unknown_series")]
    assert registry.created == []


def test_rows_in_another_currency_than_their_series_are_rejected():
    rows = price(unit="GBP/MWh"), price(unit="EUR/MWh"), price(unit="MWh")
    assert reasons(*rows, registry=registered("GBP/MWh")) == [(2, "other_unit"), (3, "unknown_unit")]
    assert reasons(*rows, registry=registered("EUR/MWh")) == [(1, "other_unit"), (3, "unknown_unit")]


@pytest.mark.parametrize("second", ["EUR/MWh", None])
def test_a_new_series_with_rows_in_two_currencies_is_refused(second):
    registry = Known()
    with pytest.raises(LoadError, match=r"G/R/N price \(src\) has rows in .* and in .*one currency"):
        placed(price(unit="GBP/MWh"), price(unit=second), defaults=CREATE, registry=registry)
    assert registry.created == []


def test_another_resolution_begins_in_the_unit_of_the_first_where_its_rows_state_none():
    registry = registered("GBP/MWh")
    placed(price(resolution="PT15M"), price(resolution="PT30M", unit="EUR/MWh"), defaults=CREATE, registry=registry)
    units = {key.resolution: series.unit for key, series in registry.series.items() if key.metric == "price"}
    assert units == {"PT1H": "GBP/MWh", "PT15M": "GBP/MWh", "PT30M": "EUR/MWh"}


@given(st.lists(st.tuples(st.sampled_from([*EUROS, *POUNDS, "MWh"]), st.integers(-99, 99)), min_size=1, max_size=9))
def test_a_row_is_stored_in_the_unit_of_its_series_or_not_at_all(rows):
    """Against a table of factors: nothing is ever stored as if it were in another currency."""
    stored, refused = placed(*(price(unit=unit, value=value) for unit, value in rows), registry=registered("GBP/MWh"))
    expected = [(number, POUNDS[unit] * value) for number, (unit, value) in enumerate(rows, 1) if unit in POUNDS]
    assert [(row["row_number"], pytest.approx(row["value"])) for row in stored] == expected
    assert {row["row_number"] for row in refused} == set(range(1, len(rows) + 1)) - {number for number, _ in expected}
