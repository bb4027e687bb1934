"""Convert between units: pint, with the spellings and currencies of energy prices.

A currency is a unit of its own: euros are not converted to dollars, because the data holds no rate. `$` means USD. A
series keeps the currency in which it begins.
Power is not energy: MWh is not converted to MW, but MWh/h is.
"""

import re
from functools import lru_cache
from typing import Any

_CURRENCIES = ("USD", "CAD", "EUR", "GBP", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "PLN", "MXN", "BRL", "JPY")
_SPELLINGS = {"$": "USD", "€": "EUR", "£": "GBP", "·": "*"}
_MILLI = re.compile(r"\bmWh?\b")
_CURRENCY_WORD = re.compile(rf"\b(?:{'|'.join(_CURRENCIES)})\b", re.IGNORECASE)
# ct is a cent of a euro.
_MONEY = re.compile(rf"\b(?:ct|{'|'.join(_CURRENCIES)})\b")
# Short, no number of two digits and no power of a power: a unit, not a formula that takes forever to evaluate.
_SANE = re.compile(r"(?!.*\d\d)(?!.*[\d)]\s*(?:\*\s*\*|\^))[A-Za-z0-9_$€£°%µμΩ/*^·(). -]{1,40}")


@lru_cache(maxsize=4096)
def conversion_factor(unit: str, metric_unit: str) -> float | None:
    """Return the factor from `unit` to `metric_unit`; None where a unit is unknown or they measure different things.

    A scale with another zero (degC) can only be converted to itself.
    """
    if unit == metric_unit:
        return 1.0
    if not (_SANE.fullmatch(unit) and _SANE.fullmatch(metric_unit)):
        return None
    registry = _registry()
    try:
        from_unit, to_unit = (registry.parse_units(_spelled(text)) for text in (unit, metric_unit))
        # Apparent power has the dimension of power, but is not power.
        if len({"volt_ampere" in str(parsed) for parsed in (from_unit, to_unit)}) > 1:
            return None
        zero, one = (registry.Quantity(number, from_unit).to(to_unit).magnitude for number in (0.0, 1.0))
    # pint's parser fails in many ways on arbitrary text; each means that this is not a unit.
    except Exception:
        return None
    return float(one) if zero == 0 and one > 0 else None


@lru_cache(maxsize=4096)
def unit_of_series(unit: str, metric_unit: str) -> str | None:
    """Return the unit that a series of a metric has, whose values come in `unit`; None where it is no such unit.

    It is the metric's unit or, where only the currency differs, that unit in the other currency: GBP/MWh for GBP/kWh,
    where the metric is in EUR/MWh. So all series of a metric that are in one currency have one unit.
    """
    if conversion_factor(unit, metric_unit) is not None:
        return metric_unit
    try:
        spelled = _spelled(metric_unit)
    except ValueError:
        return None
    if len(_MONEY.findall(spelled)) != 1:
        return None
    candidates = (_MONEY.sub(currency, spelled) for currency in _CURRENCIES)
    return next((other for other in candidates if conversion_factor(unit, other) is not None), None)


def default_aggregation(unit: str) -> str | None:
    """Return how values of several nodes roll up: power and energy add up, others average; None for no unit."""
    if any(conversion_factor(unit, summed) is not None for summed in ("MW", "MWh")):
        return "sum"
    return "mean" if _is_unit(unit) else None


def _is_unit(unit: str) -> bool:
    if not _SANE.fullmatch(unit):
        return False
    try:
        return bool(str(_registry().parse_units(_spelled(unit))))
    # pint's parser fails in many ways on arbitrary text; each means that this is not a unit.
    except Exception:
        return False


def _spelled(unit: str) -> str:
    """Return the one spelling of a unit; Eur/MWh and EUR / MWh are one unit.

    Raises ValueError for mW and mWh: no grid counts in thousandths of a watt, so MW was probably meant.
    """
    for sign, name in _SPELLINGS.items():
        unit = unit.replace(sign, name)
    if _MILLI.search(unit):
        raise ValueError(unit)
    return _CURRENCY_WORD.sub(lambda match: match[0].upper(), unit).strip()


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    # Of ct, which is a carat there.
    registry: Any = pint.UnitRegistry(on_redefinition="ignore")
    for currency in _CURRENCIES:
        registry.define(f"{currency} = [{currency}]")
    registry.define("ct = 0.01 * EUR")
    return registry
