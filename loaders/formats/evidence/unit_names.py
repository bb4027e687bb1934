"""Which unit the name of a column of numbers states, and whether the stated unit agrees with it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.batch import Records
from loaders.canonical.totals import FILLERS, word_set, words_of
from loaders.canonical.units import conversion_factor
from loaders.errors import LoadError
from loaders.formats.evidence.local_clocks import clock_times, microseconds
from loaders.formats.evidence.unit_words import spell_units

HOUR_MICROSECONDS = 3_600_000_000
# Prefix of the key of a number column, where records hold several.
MEASURE = "measure "
_CODES = "EUR|USD|GBP|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CHF|CZK|HUF|RON|BGN|TRY|JPY|KRW|INR|BRL|COP|MXN|ZAR|CNY|RUB|UAH"
_CURRENCY = re.compile(rf"(?:^|[\s_\[(]|(?<=[a-z]))({_CODES})[\])]?$")
# A currency, hundredth or mass per energy; power, energy, apparent and reactive power; energy in an hour.
_UNIT = re.compile(
    rf"""(?<![A-Za-z])
    (?:(?P<money>{_CODES}|euros?|€|\$|£)|(?P<cent>(?:eur|euro|€)?\s?(?:ct|cts|cents?)|c|p|pence|öre|øre)|(?P<mass>k?g|t|lbs?)(?:\s*co2(?:e|eq)?)?)?
    (?(money)[\s_/]*|(?(cent)[\s_/]+|(?(mass)[\s_/]+)))(?P<per>(?:per|pro|je|por)[\s_]+)?
    (?P<prefix>[kmgt])(?P<kind>w|va|var)(?P<hour>h?)(?P<in_hour>\s*/\s*h(?![a-z]))?
    (?:p|ac|dc|el|th|e|med|avg)?(?![A-Za-z])""",
    re.IGNORECASE | re.VERBOSE,
)
_RATE = re.compile(r"(?:/|[a-z](?:Per|_per_)|[ _](?:per|pro|je|por))\s*$")
# Publishers of these write $ as well.
_DOLLARS = re.compile(r"(?:USD|CAD|AUD|NZD|SGD|MXN|CLP|COP|ARS|HKD|TWD|UYU|DOP|JMD|TTD)(?= ?/)")
_WATT = re.compile(r"[\[(]\s*(Wh?)\s*[\])]")
_CROWNS = re.compile(r"(?i)(?<![a-z])kr\.?\s?/")
_CROWN_CODES = ("SEK", "NOK", "DKK", "ISK")
# Units of other quantities than power, energy and prices.
_OTHER_UNIT = re.compile(
    r"[\[(]\s*(m/s|km/h|mph|knots?|°C|°F|degC|degF|C|K|W/m(?:2|²|\^2)|k?Wh/m(?:2|²|\^2)|J/cm(?:2|²)|h?Pa|mbar|mm|cm|m|Hz|mHz|kV|V|A|kA"
    r"|m(?:3|³)(?:/s)?|deg|°|MtCO2|tCO2)\s*[\])]\s*$"
)
_ENERGY = word_set("energy energie energia energía énergie energija energi energiya arbeit")
_OF_ENERGY = word_set(
    "active produced consumed imported exported delivered import export net gross generated generation production"
    " wyprodukowana pobrana zużyta producida consumida produite consommée prodotta consumata erzeugte verbrauchte wirk"
)
_PERCENT = re.compile(r"%|(?:^|[\s_(\[])(?:percent|percentage|pct|prozent)(?:$|[\s_)\]])", re.IGNORECASE)
_PER_INTERVAL = re.compile(
    r"(?i)wh[\])]?[\s_]*(?:/|per|pro|je|in)[\s_]*"
    r"(?:\d+[\s_-]*(?:min|m|h)|quarter|half|viertel|mtu|interval|period|day|month|year|tag|monat|jahr)"
)
_CUMULATIVE = re.compile(
    r"(?i)cumul|kumul|running[ _]|year.?to.?date|(?:^|[ _])[ym]td(?:$|[ _])"
    r"|zählerst|zaehlerst|meter[ _]?read|register|totali[sz]er|counter"
    r"|(?:^|[ _])index(?:$|[ _])|meterstand|stan[ _]licznika"
)
_OF_A_DAY = re.compile(r"(?i)(?:^|[ _])(?:daily|weekly|monthly|yearly|annual)(?:$|[ _])")
_MULTIPLE = re.compile(
    r"(?i)((?:万|萬|億|亿|тыс\.?|млн\.?|10\^\d|'000|thousand|tsd\.?|mio\.?|millions?|hundred"
    r"|(?:^|(?<=[\[(x\u00d7])|(?<=\bin\s))1(?:0[ ,.']?000|[ ,.']?000))"
    r"[\s_]*(?:of[\s_]*)?(?:[kmgt]?wh?|[кмгт]?вт|[千兆]?瓦|瓩))(?![a-z])"
)


def unit_in_name(name: str) -> str | None:
    """Return the unit that a column name states, such as `Load [MWh]`, `GWh total` or `price_eur_mwh`."""
    name = spell_units(name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z]{1,2}[wWvV])", " ", name)
    match = _UNIT.search(spaced)
    if match is None:
        watt = _WATT.search(name)
        return watt[1] if watt else "%" if _PERCENT.search(name) else None
    prefix = "k" if match["prefix"] in "kK" else match["prefix"].upper()
    kind = {"w": "W", "va": "VA", "var": "var"}[match["kind"].lower()]
    unit = prefix + kind + match["hour"].lower()
    if match["money"]:
        money = match["money"].upper()
        return f"{'EUR' if money.startswith('EURO') else money}/{unit}"
    if match["cent"]:
        return f"ct/{unit}"
    if match["mass"]:
        return f"{match['mass'].lower()}/{unit}"
    if match["per"] or _RATE.search(spaced[: match.start()]):
        return None  # a price or rate of something that is not named
    return f"{unit}/h" if match["in_hour"] else unit


def is_energy_name(name: str) -> bool:
    """Return whether a column name says energy and nothing else, such as `Energia wyprodukowana`."""
    words = set(words_of(name))
    return bool(words & _ENERGY) and words <= _ENERGY | _OF_ENERGY | FILLERS


def currency_in_name(name: str) -> str | None:
    """Return the currency that a column name ends in, such as `SpotPriceDKK`."""
    match = _CURRENCY.search(name)
    return match[1] if match else None


def check_value_unit(name: str, stated: str | None, path: Path) -> None:
    """Raise LoadError where the name of a column of numbers states a unit that no option states, or another one."""
    refuse_multiples(name, path)
    if _CUMULATIVE.search(name):
        raise LoadError(
            f"{path}: the column {name} seems to count up. Load the differences of its values, or rename the column if"
            " its name is wrong."
        )
    if (other := _OTHER_UNIT.search(name)) and other[1] != stated:
        problem = f"is in {other[1]}, but the unit is {stated or 'not stated'}"
        raise LoadError(f"{path}: the column {name} {problem}. Choose another column, or pass its unit (--unit).")
    if _CROWNS.search(name) and not any(code in (stated or "").upper() for code in _CROWN_CODES):
        raise LoadError(f"{path}: the column {name} is in crowns. Pass which, such as --unit SEK/MWh.")
    unit, currency = unit_in_name(name), currency_in_name(name)
    if (
        unit is None
        and stated
        and not stated.endswith("h")
        and is_energy_name(name)
        and conversion_factor(stated, "MW")
    ):
        raise LoadError(
            f"{path}: the column {name} seems to hold energy, but the unit is {stated}. Pass the unit of energy (--unit"
            f" {stated}h, or {stated}h/h if each value is the energy of an hour), or rename the column if its name is"
            " wrong."
        )
    if unit is not None:
        if stated is None:
            raise LoadError(f"{path}: the column {name} seems to be in {unit}. Pass the unit, such as --unit {unit}.")
        if not agrees(name, unit, stated):
            raise LoadError(
                f"{path}: the name of the column {name} says {unit}, but the unit is set to {stated}."
                f" {_advice(name, unit, stated)}, or rename the column if its name is wrong."
            )
    elif currency is not None and (stated is None or currency not in stated.upper()):
        problem = f"seems to be in {currency}" if stated is None else f"names {currency}, but the unit is {stated}"
        raise LoadError(f"{path}: the column {name} {problem}. Pass the unit, such as --unit {currency}/MWh.")


def other_unit_in_name(name: str, stated: str) -> str | None:
    """Return the power or energy that the name of a column states, where another one is stated."""
    unit = unit_in_name(name)
    # A price next to a quantity is no contradiction, and loading pint to see that takes time.
    if unit in (None, stated) or ("/" in stated and not stated.endswith("/h")):
        return None
    is_quantity = all(
        text and any(conversion_factor(text, other) for other in ("MW", "MWh")) for text in (unit, stated)
    )
    return unit if unit and is_quantity and not agrees(name, unit, stated) else None


def is_currency(text: str) -> bool:
    """Return whether a text is the code of a currency."""
    return bool(re.fullmatch(_CODES, text))


def agrees(name: str, unit: str, stated: str) -> bool:
    """Return whether the stated unit is the one that a name states."""
    if unit.startswith("$/"):
        stated = _DOLLARS.sub("$", stated)
    if stated.replace(" ", "") == f"{unit}/h":
        return not (_PER_INTERVAL.search(name) or _OF_A_DAY.search(name))
    return conversion_factor(unit, stated) == 1


def _advice(name: str, unit: str, stated: str) -> str:
    if unit.startswith("$/"):
        return f"Pass the currency that its $ is, such as --unit USD{unit[1:]}"
    is_energy = unit.endswith("Wh") and "/" not in unit
    if not is_energy or conversion_factor(stated, "MW") is None:
        return f"Pass --unit {unit}"
    if _PER_INTERVAL.search(name):
        return "Describe the file with perInterval: true to store the mean power"
    return f"Pass --unit {unit}, or --unit {unit}/h if each value is the energy of an hour"


def refuse_multiples(name: str, path: Path) -> None:
    """Raise LoadError for values that count thousands of a unit, such as 10,000 kW: no option can state that."""
    if match := _MULTIPLE.search(name):
        counted = re.sub("[万萬]", "10,000 ", match[1]).replace("10000 ", "10,000 ").replace("瓩", "kW")
        raise LoadError(
            f"{path}: the column {name} counts in units of {counted}. Multiply its values, and pass the unit that they"
            " have then (--unit)."
        )


def check_node_units(nodes: Mapping[str, str | None], stated: str | None, path: Path) -> None:
    """Raise LoadError where nodes that are columns name several units, or one that no option states, or another."""
    for name in nodes:
        refuse_multiples(name, path)
    named = {unit for unit in nodes.values() if unit is not None}
    if len(named) > 1:
        raise LoadError(
            f"{path}: the columns seem to be in {' and '.join(sorted(named))}. Load them one unit at a time, with"
            " --ignore for the others."
        )
    for name, unit in nodes.items():
        if unit is not None or (currency_in_name(name) not in (None, name)):
            check_value_unit(name, stated, path)


def refuse_energy_of_parts(records: Records, names: Iterable[str], stated: str | None, path: Path) -> None:
    """Raise LoadError where energies are stated to be of an hour each, but the intervals are shorter or longer."""
    if stated is None or not stated.endswith("/h"):
        return
    name = next((name for name in names if (unit_in_name(name) or "").endswith("Wh")), None)
    if "resolution" in records.columns:
        lengths = pc.unique(records.columns["resolution"].cast(pa.string())).drop_null().to_pylist()
    else:
        steps = np.diff(np.unique(microseconds(clock_times(records.columns, "interval_start"))))
        lengths = ["days"] if len(steps) > 1 and steps.min() > 22 * HOUR_MICROSECONDS else []
    if name is not None and (other := next((length for length in lengths if length != "PT1H"), None)):
        raise LoadError(
            f"{path}: the unit {stated} says that each value of {name} is the energy of an hour, but the intervals are"
            f" {other}. Describe the file with perInterval: true to store the mean power."
        )


def refuse_unit_row(stream: Iterable[Records], path: Path) -> Iterator[Records]:
    """Yield the records. Raises LoadError where the first row has units instead of numbers: no option states them."""
    is_first = True
    for records in stream:
        for key, column in records.columns.items() if is_first else ():
            is_value = key == "value" or key.startswith(MEASURE)
            if not is_value or not len(column) or not pa.types.is_string(column.type):
                continue
            text = column[0].as_py()
            if not text or re.search(r"\d", text) or not unit_in_name(text):
                continue
            if len(column) > 1 and column[1].as_py() == text:
                name = key.removeprefix(MEASURE)
                raise LoadError(f"{path}: the column {name} has units, no numbers. Leave it out (--ignore '{name}').")
            raise LoadError(
                f"{path}: row 1 has the unit {text} instead of a number. Remove this row, and pass the unit (--unit"
                f" {unit_in_name(text)})."
            )
        is_first = is_first and not len(records.row_number)
        yield records


def check_unit_column(records: Records, names: Iterable[str], path: Path) -> None:
    """Raise LoadError where the unit in the name of the value column is not the one of a row."""
    units = records.columns.get("unit")
    name = next((name for name in names if unit_in_name(name)), None)
    if units is None or name is None:
        return
    for unit in pc.unique(units.cast(pa.string())).drop_null().to_pylist():
        stated = unit_in_name(name) or ""
        if unit.strip() and not agrees(name, stated, unit.strip()):
            raise LoadError(
                f"{path}: the name of the column {name} says {stated}, but rows have the unit {unit}. Leave out the"
                " column with the unit, or rename the other."
            )
