"""Units that are written as words or in other scripts, as the symbols that other code reads."""

# ruff: noqa: RUF001 (the letters are those that publishers write)

import re

_WATTS = re.compile(
    r"(?i)(k[iy]lo|m[eé]ga|giga|t[eé]ra)[\s-]?(?:watts?|vatios?)"
    r"[\s.·-]?(stunden?|hours?|heures?|ora|ore|horas?|uur|uren|timer|timmar|h)?(?![a-zé])"
)
_CYRILLIC = re.compile(r"(?i)([кмгт])вт[\s.·*-]?(ч)?(?![а-я])")
_CJK = re.compile("(?<![万萬億亿])(兆|千|吉)瓦(时|時|小时|小時)?")
_CURRENCIES = {
    "zł": "PLN",
    "Kč": "CZK",
    "R$": "BRL",
    "₹": "INR",
    "Ft/": "HUF/",
    "лв": "BGN",
    "A$": "AUD",
    "C$": "CAD",
    "円": "JPY",
    "元": "CNY",
    "руб": "RUB",
    "грн": "UAH",
}
_PREFIXES = {"к": "k", "м": "M", "г": "G", "т": "T", "千": "k", "兆": "M", "吉": "G"}


def spell_units(name: str) -> str:
    """Return a name with symbols for units that are words: Load in Gigawatt is Load in GW."""

    def symbol(match: re.Match[str]) -> str:
        first = match[1].lower()
        prefix = _PREFIXES.get(first) or {"k": "k", "m": "M", "g": "G", "t": "T"}[first[0]]
        return f" {prefix}W{'h' if match[2] else ''} "

    if not re.search(r"(?i)wat|vat|вт|瓦|[ł₹č$円元]|ft/|лв|руб|грн", name):
        return name
    for pattern in (_WATTS, _CYRILLIC, _CJK):
        name = pattern.sub(symbol, name)
    for sign, code in _CURRENCIES.items():
        name = name.replace(sign, code)
    return name
