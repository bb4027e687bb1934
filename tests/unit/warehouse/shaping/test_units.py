"""Values are converted between units of one kind, and nothing else is."""

import re

import pyarrow as pa
import pytest
from warehouse.errors import ReadError
from warehouse.shaping.units import check_unit, convert


def table(units: list[str]) -> pa.Table:
    values = pa.array([1234.5, None, -0.7][: len(units)])
    shares = pa.array([0.25] * len(units))
    return pa.table({"unit": pa.array(units).dictionary_encode(), "value": values, "mape": shares})


def test_each_row_is_converted_from_its_own_unit() -> None:
    converted = convert(table(["kW", "kW", "MW"]), "MW")
    assert converted["value"].to_pylist() == [1.2345, None, -0.7]
    assert converted["unit"].to_pylist() == ["MW"] * 3
    assert converted["mape"].to_pylist() == [0.25] * 3
    assert convert(table(["MW"]), "GW")["value"].to_pylist() == [1.2345]
    assert convert(table(["EUR/MWh"]), "ct/kWh")["value"].to_pylist() == [pytest.approx(123.45)]
    assert convert(table(["MW"]).slice(0, 0), "GW").num_rows == 0


@pytest.mark.parametrize(
    ("unit", "own", "message"),
    [
        (
            "MWh",
            "kW",
            "load is in kW, which cannot be converted to MWh. kW is power and MWh is energy. Enter a unit of",
        ),
        ("GW", "MWh", "MWh is energy and GW is power. Enter a unit of energy, such as MWh."),
        (
            "USD/MWh",
            "EUR/MWh",
            "load is in EUR/MWh, which cannot be converted to USD/MWh. No rate between currencies is known. Select the"
            " series that can be converted, with source= or node=.",
        ),
        ("MW", "EUR/MWh", "Select the metrics that can be converted, with metric=."),
        ("banana", "kW", "Unknown unit 'banana'. Enter one such as 'MW'"),
        ("mW", "kW", "Unknown unit 'mW'."),
        (5, "kW", "Unknown unit 5."),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(unit: str, own: str, message: str) -> None:
    with pytest.raises(ReadError, match=re.escape(message)):
        check_unit(unit, [("load", own), ("load", own)])
