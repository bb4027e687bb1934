"""Names that say that numbers are a total or an average of others, such as `Total load` or `Summe`."""

import re

_WORD = re.compile(r"[^\W\d_]+")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Alone these say it; together with the fillers they do as well.
TOTALS = word_set(
    "total totals sum sums summe gesamt gesamtsumme insgesamt somme suma soma totale totaal somma razem subtotal"
    " totales gesamtlast gesamtverbrauch mittel itogo итого all alle overall"
    " average averages avg mean median mittelwert durchschnitt moyenne promedio średnia min max minimum maximum std"
)
_SIGNS = ("Ø", "Σ", "\N{N-ARY SUMMATION}")
# These change nothing about what a name means.
FILLERS = word_set(
    "of the in and no number code type data last load demand price generation grand system is first id at sub sous"
    " zone zones area areas region regions node nodes country countries general file a b"
    " utc cet local dag der die flag level mw mwh gw gwh kw kwh name"
    " incl including inkl inklusive excl excluding exkl with without ohne mit losses loss verluste pertes net gross"
    " netto brutto consumption verbrauch consommation"
)


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case; HourEnding and hour_ending have two."""
    return [word.casefold() for word in _WORD.findall(re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", name))]


def is_total(name: str) -> bool:
    """Return whether a name says that its numbers are a total or an average of others."""
    words = set(words_of(name))
    return name.strip() in _SIGNS or (bool(words & TOTALS) and words <= TOTALS | FILLERS)
