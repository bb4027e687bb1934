"""What a number in one unit is in another: pint, and the spellings and currencies of energy prices.

A currency is a unit of its own: euros do not become dollars, as no rate stands in the data. `$` is a spelling of USD.
Power is not energy: MWh does not become MW, but MWh/h does.
"""

import re
from functools import lru_cache
from typing import Any

_CURRENCIES = ("USD", "CAD", "EUR", "GBP", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "PLN", "MXN", "BRL", "JPY")
_SPELLINGS = {"$": "USD", "€": "EUR", "£": "GBP", "·": "*"}
# Short, no number of two digits and no power of a power: a unit, not a formula that takes for ever to work out.
_SANE = re.compile(r"(?!.*\d\d)(?!.*[\d)]\s*(?:\*\s*\*|\^))[A-Za-z0-9_$€£°%µμΩ/*^·(). -]{1,40}")


@lru_cache(maxsize=4096)
def factor(unit: str, metric_unit: str) -> float | None:
    """What to multiply numbers in `unit` by for `metric_unit`; None where one is no unit or measures something else.

    A scale with another zero (degC) has no factor but to itself.
    """
    if unit == metric_unit:
        return 1.0
    if not (_SANE.fullmatch(unit) and _SANE.fullmatch(metric_unit)):
        return None
    registry = _registry()
    try:
        theirs, ours = (registry.parse_units(_spelled(text)) for text in (unit, metric_unit))
        # Apparent power has the dimensions of power, and is not power.
        if len({"volt_ampere" in str(each) for each in (theirs, ours)}) > 1:
            return None
        zero, one = (registry.Quantity(number, theirs).to(ours).magnitude for number in (0.0, 1.0))
    # pint's parser meets arbitrary text, and fails in many ways; each says that this is no unit.
    except Exception:
        return None
    return float(one) if zero == 0 and one > 0 else None


def _spelled(unit: str) -> str:
    for sign, name in _SPELLINGS.items():
        unit = unit.replace(sign, name)
    return unit.strip()


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    for currency in _CURRENCIES:
        registry.define(f"{currency} = [{currency}]")
    return registry
