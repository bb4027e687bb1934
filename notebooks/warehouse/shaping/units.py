"""Convert the values of an answer to another unit."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.units import conversion_factor, default_aggregation, unit_of_series
from warehouse.errors import ReadError

# The columns of all read functions that are in `unit`; counts, shares and hours are not.
VALUE_COLUMNS = (
    *("value", "previous_value", "change", "absolute_change", "forecast_value", "actual_value", "error"),
    *(
        "absolute_error",
        "bias",
        "mae",
        "rmse",
        "mean_absolute_actual",
        "mean_change",
        "mean_absolute_change",
        "largest_absolute_change",
    ),
)
KINDS = {"MW": "power", "MWh": "energy"}


def check_unit(unit: str, measured: Iterable[tuple[str, str]]) -> None:
    """Raise ReadError unless every metric can be converted to the unit. measured: pairs of metric and unit."""
    if not isinstance(unit, str) or default_aggregation(unit) is None:
        raise ReadError(f"Unknown unit {unit!r}. Enter one such as 'MW', 'GWh' or 'EUR/MWh'.")
    for metric, own in sorted(set(measured)):
        if conversion_factor(own, unit) is None:
            raise ReadError(f"{metric} is in {own}, which cannot be converted to {unit}. {_advice(own, unit)}")


def convert(table: pa.Table, unit: str) -> pa.Table:
    """Return a table with the columns of values in the unit. Raises ReadError."""
    units = table["unit"].combine_chunks()
    scales = [_scale(own, unit) for own in units.dictionary.to_pylist()]
    for position, name in enumerate(table.column_names):
        if name not in VALUE_COLUMNS:
            continue
        column = table.column(position)
        for step, operation in ((0, pc.multiply), (1, pc.divide)):
            numbers = [scale[step] for scale in scales]
            if any(number != 1 for number in numbers):
                several = len(set(numbers)) > 1
                column = operation(column, pa.array(numbers).take(units.indices) if several else numbers[0])
        table = table.set_column(position, name, column)
    same = pa.DictionaryArray.from_arrays(pa.array([0] * len(units), pa.int8()), pa.array([unit], pa.string()))
    return table.set_column(table.column_names.index("unit"), "unit", same)


def _scale(own: str, unit: str) -> tuple[float, float]:
    """Return what to multiply by and what to divide by; a thousandth is a division by 1000, which rounds better."""
    factor = conversion_factor(own, unit)
    if factor is None:
        raise ReadError(f"Values in {own} cannot be converted to {unit}. {_advice(own, unit)}")
    inverse = round(1 / factor)
    return (1.0, float(inverse)) if factor < 1 and abs(inverse * factor - 1) < 1e-12 else (factor, 1.0)


def _advice(own: str, unit: str) -> str:
    kinds = [_kind(own), _kind(unit)]
    if None not in kinds:
        alike = "MW" if kinds[0] == "power" else "MWh"
        return f"{own} is {kinds[0]} and {unit} is {kinds[1]}. Enter a unit of {kinds[0]}, such as {alike}."
    if unit_of_series(unit, own) is not None:
        return "No rate between currencies is known. Select the series that can be converted, with source= or node=."
    return "Select the metrics that can be converted, with metric=."


def _kind(unit: str) -> str | None:
    return next((kind for known, kind in KINDS.items() if conversion_factor(unit, known) is not None), None)
