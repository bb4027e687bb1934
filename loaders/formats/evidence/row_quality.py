"""Columns that are not read and say of each row whether its value may be used: bad, test, not valid, provisional."""

import re
from collections.abc import Mapping

from loaders.canonical.totals import word_set, words_of

_QUALITY = word_set(
    "quality qualität qualitaet qualité qualite calidad qualità qualidade kwaliteit kvalitet jakość flag flags status"
    " statut stato estado validity validité gültigkeit qc qa dq qualityflag statuscode"
)
# Next to such a word these change nothing: data quality, status of the value, QualityFlag1.
_AROUND = word_set(
    "data value row code of the der des measurement reading meter wert messwert daten is has obs observation flag"
)
_UNUSABLE = word_set(
    "bad invalid invalide ungültig ungueltig inválido invalido error erroneous erreur fehler fehlerhaft faulty failed"
    " fault test testdaten dummy missing missed fehlend manquant suspect suspicious rejected unreliable unusable"
    " outlier unplausibel implausible gap corrupt corrupted broken stale spike annulled excluded unavailable"
)
_UNFINISHED = word_set(
    "provisional preliminary prelim vorläufig vorlaeufig provisoire provisorio provisional temporary interim estimated"
    " estimate est geschätzt geschaetzt estimé estimée estimado stimato imputed interpolated substituted ersatzwert"
    " unverified unconfirmed unvalidated initial predicted calculated modelled filled uncertain adjusted"
)
_FINISHED = word_set(
    "good ok okay valid gültig valide válido actual measured gemessen final endgültig definitive définitif definitivo"
    " verified validated validiert confirmed normal raw metered settled approved published complete completed released"
    " corrected revised updated true wahrer wert reliable passed high observed ist real quality data value values"
    " consolidated consolidé consolidée not none and or"
)
_NEGATED = re.compile(
    r"(?i)(?:not?|un|in|nicht|non|pas|sin)[ _-]?(?:ok|valid|validated|good|usable|plausible|trusted|available|verwenden"
    r"|use|valide|gültig)(?![a-z])|n[./]?a\.?|do not use|out of (?:order|range|service)"
)
_TRUE, _FALSE = word_set("true yes y t ja oui sí si wahr 1"), word_set("false no n f nein non falsch 0")
_GOOD_NAMES = word_set("valid gültig usable reliable plausible good ok verified confirmed approved final validated")
_BAD_NAMES = _UNUSABLE | word_set("deleted cancelled canceled withdrawn storniert annulliert void")


def find_unusable(name: str, texts: Mapping[str, int]) -> str | None:
    """Return what a column that is not read says against the values of rows; None where they may be used.

    texts: the texts of the column, each with its first row.
    """
    words = set(words_of(name)) - {"is", "has", "flag"}
    lower = {text.casefold(): text for text in texts}
    if lower.keys() <= _TRUE | _FALSE:
        against = next((lower[text] for text in lower if _is_against(words, text)), None)
        if against is not None:
            return _refusal(against, texts, name)
        if words and words <= (_GOOD_NAMES | _BAD_NAMES | _UNFINISHED):
            return None
    is_quality = is_quality_name(name)
    unusable = next((text for text in texts if _is_unusable(text, is_quality)), None)
    if unusable is not None and (is_quality or all(_is_known(text) for text in texts)):
        return _refusal(unusable, texts, name)
    if not is_quality or len(texts) < 2:
        return None
    if unknown := [text for text in texts if not _is_known(text)]:
        first, second = list(texts)[:2]
        return (
            f"says {first} in row {texts[first]} and {second} in row {texts[second]}, and what {unknown[0]} means for"
            f" the value is not known. Leave out rows that are not to be used (--where-not '{name}=TEXT')"
        )
    return None


def find_unfinished(name: str, texts: Mapping[str, int]) -> str | None:
    """Return the first text of a column of qualities that says that values will be replaced; they are read."""
    words = set(words_of(name)) - {"is", "has", "flag"}
    if words and words <= _UNFINISHED and (true := next((text for text in texts if text.casefold() in _TRUE), None)):
        return true
    is_about = is_quality_name(name) or all(_is_known(text) for text in texts)
    return next((text for text in texts if is_about and _UNFINISHED & set(words_of(text))), None)


def _is_against(words: set[str], text: str) -> bool:
    return bool(words) and ((words <= _GOOD_NAMES and text in _FALSE) or (words <= _BAD_NAMES and text in _TRUE))


def is_quality_name(name: str) -> bool:
    """Return whether the name of a column says that it holds the quality of values."""
    words = set(words_of(name))
    return bool(words & _QUALITY) and words <= _QUALITY | _AROUND


def _is_unusable(text: str, is_quality: bool = True) -> bool:
    """Return whether a text says that a value is not to be used. Of a comment, only a text that says nothing else."""
    words = set(words_of(text))
    says = bool(words & _UNUSABLE) if is_quality else bool(words) and words <= _UNUSABLE | {"data", "value"}
    return says or bool(_NEGATED.fullmatch(text))


def _is_known(text: str) -> bool:
    words = set(words_of(text))
    return _is_unusable(text) or (bool(words) and words <= _UNFINISHED | _FINISHED)


def _refusal(text: str, texts: Mapping[str, int], name: str) -> str:
    return (
        f"says {text} in row {texts[text]}, so its value is not to be used, but it is read. Leave such rows out"
        f" (--where-not '{name}={text}')"
    )
