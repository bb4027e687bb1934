"""Whether the name of a column of numbers says that they are forecasts or actuals, and the metric something else."""

import re
from pathlib import Path

from loaders.canonical.totals import word_set, words_of
from loaders.errors import LoadError

_FORECAST = re.compile(
    r"(?i)fore?cast|prognos|progno[zs]|pr[eé]vi[sz]|predi[ck]|vorhersage|voorspel|pron[oó]stic|ennuste|el[őo]rejelz|tahmin"
    r"|planned|geplant|programad|planifi|plánov|planowan|(?<![a-z])(?:prog\.|plan|plán|terv|programm[ae]|schedule)(?![a-zé])"
    r"|прогноз|予測|予想|预测|預測|예측"
)
# A price of the day-ahead market is no forecast.
_DAY_AHEAD = re.compile(r"(?i)day.?ahead|(?<![a-z])da(?![a-z])|(?<![a-z])[dj]-1(?!\d)|vortag")
_PRICE = re.compile(r"(?i)pr[ei]|lmp|tariff|spot|cost|(?:eur|usd|gbp|€|£|\$)\s?/")
_ACTUAL = word_set(
    "actual actuals ist istwert istwerte realisiert realisierte réalisé réalisée realisé realise realised realized"
    " measured metered gemessen medido medida observed faktisk toteutunut consuntivo effettivo wykonanie"
)
_ACTUAL_SIGNS = re.compile("実績|实际|實際|실적|факт")


def _says_forecast(text: str) -> bool:
    return bool(_FORECAST.search(text) or (_DAY_AHEAD.search(text) and not _PRICE.search(text)))


def _says_actual(text: str) -> bool:
    return bool(_ACTUAL & set(words_of(text)) or _ACTUAL_SIGNS.search(text))


def kind_of(text: str) -> str | None:
    """Return forecast or actual where the text of a cell says one of them."""
    forecast, actual = bool(_FORECAST.search(text)), _says_actual(text)
    return None if forecast == actual else "forecast" if forecast else "actual"


def is_other_kind(name: str, metric: str) -> bool:
    """Return whether a column is a forecast and the metric is not, or the other way round."""
    forecast, actual = _says_forecast(name), _says_actual(name)
    if forecast == actual:
        return False
    if forecast:
        return not _says_forecast(metric) and not (_PRICE.search(metric) and not _FORECAST.search(name))
    return _says_forecast(metric)


def refuse_other_kind(name: str, metric: str | None, source: str | None, path: Path) -> None:
    """Raise LoadError where a column of forecasts is read as actuals, or the other way round.

    metric, source: what the caller states for all rows. A source that says forecast may keep them apart instead.
    """
    if metric is None or not is_other_kind(name, metric):
        return
    kinds = ("a forecast", "an actual") if _says_forecast(name) else ("an actual", "a forecast")
    if kinds[0] == "a forecast" and _says_forecast(source or ""):
        return
    raise LoadError(
        f"{path}: the column {name} seems to hold {kinds[0]}, but it is read as {metric}. Pass the metric of"
        f" {kinds[0]} (--metric), or rename the column if its name is wrong."
    )
