"""What the name of a column says about its role, where the caller's options say something else or nothing."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from loaders.canonical.totals import FILLERS, is_total, word_set, words_of
from loaders.errors import LoadError
from loaders.formats.evidence.forecast_names import is_other_kind
from loaders.formats.evidence.interval_edges import EDGE_WORDS, ZONE_WORDS, edge_in_name
from loaders.formats.evidence.knowledge_columns import is_knowledge_name
from loaders.formats.evidence.row_quality import is_quality_name
from loaders.formats.evidence.zone_names import check_zone
from loaders.messages import join_names

_MEASURES = word_set("price prices preis prix precio prezzo lmp tariff temperature temp humidity irradiance windspeed")
# In a wide table of several such columns they are measures of one location.
_MEASURED = word_set(
    "load demand consumption generation production verbrauch erzeugung netzlast residuallast consommation consumo"
    " generación generacion produção producao produzione carico consum productie spotřeba výroba zatížení zużycie"
    " produkcja zapotrzebowanie fogyasztás termelés förbrukning produktion kulutus tuotanto forbrug imports exports"
    " import export exchange saldo sold balance flow shortage surplus tarbimine tootmine vartojimas gamyba"
)
_MEASURE_WORDS = (
    _MEASURED
    | FILLERS
    | word_set(
        "actual residual medie mean average including včetně čerpání incl pumping planned real electricity power energy"
        " national nacional domestic grid regulation upward downward scheduled measured instantaneous unit price"
    )
)
_FUELS = word_set(
    "wind solar pv hydro nuclear gas coal lignite oil biomass geothermal photovoltaik wasserkraft kernenergie erdgas"
    " eolica eólica hídrica hidráulica eolian eólico nucléaire éolien solaire"
)
_NO_NODES = word_set("capacity installed kapazität emission emissions intensity frequency voltage humidity")
_PRICE = re.compile(r"(?i)pr[ei]|lmp|tariff|spot")
_BOUND = re.compile(
    r"(?i)(.+?)[ _.-]+(?:low|high|lower|upper|min|max|std|capacity|cap|flag|quality|status|count|share|[pq]\d\d?)"
)
_TIME_ZONE = re.compile(
    r"(?i)(?:time[_ ]?zone|tz|zeitzone|fuseau(?:[_ ]horaire)?|huso(?:[_ ]horario)?|fuso(?:[_ ]orario)?)"
)
_DATE_ONLY = re.compile(
    r"(?i)(?:.*[_ /])?(?:dt|受渡日|date|day|datum|jour|fecha|data|tag|dato|tarih|den|dátum"
    r"|nap|doba|dzień|päivä|kuupäev|ημερομηνία|дата|日付|날짜|日期|交易日期)(?: ?[(\[].*[)\]])?"
    r"|.*(?:settlement|delivery|oper)(?:date|day)"
)
_PART_OF_DAY = re.compile(
    r"(?i)(?:settlement|delivery|trading)?[_ ]?"
    r"(?:hours?|hr|he|hour[_ ]?(?:ending|beginning|number)|time|period|interval|ptu|quarter"
    r"|stunde|uhrzeit|heures?|ora|hora|uur|timme|tunti|tund|ura|sat|saat|godz\.?|godzina|hodina|óra|ώρα|час|година|isp"
    r"|(?:trading|time|interval)[_ ]?(?:block|code|number|period)|block|blok|opr[_ ]hr|von|bis|from|to"
    r"|(?:.*/)?(?:hour|time)|時刻コード|時刻|時間|コマ)"
)
# Columns that describe the rows: as nodes their content would be measurements.
_DESCRIBING = word_set(
    "quality qualität qualitaet qualité calidad flag flags status statut estado stato comment comments "
    "commentaire kommentar bemerkung remark remarks note notes notiz unit units einheit unité unidad "
    "unità uom currency währung hour hours stunde heure hora ora day weekday wochentag jour month monat "
    "year jahr week woche date datum datetime fecha timestamp time uhrzeit period periode interval end "
    "ending duration timezone zeitzone "
    "source record line metric resolution count rank error obs observations confirmed dq tz unitofmeasure statuscode "
    "latitude longitude lat lon lng bemerkungen anmerkung anmerkungen qualitätsflag lastupdate "
    "updatetime update of measure level "
    "delivery settlement zone dst index row version revision estimated provisional verified "
    "imputed holiday weekend season updated modified "
    "published created node value values unnamed"
)


def check_time_columns(
    roles: dict[str, str], ignored: Sequence[str], time_zone: str | None, zone_of_knowledge: str | None, path: Path
) -> None:
    """Raise LoadError where the name of a column of times contradicts its role or the zone that is stated.

    roles: canonical name → name of the column, of the columns that hold times.
    """
    for role in ("interval_start", "interval_end"):
        name, read_as = roles.get(role, ""), role.removeprefix("interval_")
        says = edge_in_name(name)
        if says not in (None, read_as):
            raise LoadError(
                f"{path}: the column {name} seems to hold the {says} of the intervals, but it is read as their"
                f" {read_as}. Map it (--map '{name}=interval_{says}'), or rename it if its name is wrong."
            )
    if "interval_start" in roles and "interval_end" not in roles:
        _refuse_part_of_start(roles["interval_start"], ignored, path)
    if zone := next((name for name in ignored if _TIME_ZONE.fullmatch(name)), None):
        raise LoadError(
            f"{path}: the column {zone} seems to state the zone of the times, but it is not read. Map it"
            f" (--map '{zone}=utc_offset'), or leave it out (--ignore '{zone}')."
        )
    for role, name in roles.items():
        is_knowledge = role == "collected_at" and zone_of_knowledge is not None
        zone, option = (zone_of_knowledge, "--collected-at-zone") if is_knowledge else (time_zone, "--time-zone")
        check_zone(name, zone, option, ignored, path)


def _refuse_part_of_start(start: str, ignored: Iterable[str], path: Path) -> None:
    parts = [name for name in ignored if _PART_OF_DAY.fullmatch(name)]
    if parts and _DATE_ONLY.fullmatch(start):
        raise LoadError(
            f"{path}: the start is in {start} only, but {parts[0]} seems to be the hour of that date. Describe the file"
            f" (warehouse inspect FILE --write mine.yml), or leave the column out (--ignore {parts[0]})."
        )


def _refuse_measures(nodes: Sequence[str], path: Path) -> None:
    """Raise LoadError where several columns are different measures of one location, such as load and generation."""
    measures = [name for name in nodes if _MEASURED & set(words_of(name)) and set(words_of(name)) <= _MEASURE_WORDS]
    fuels = [name for name in nodes if _FUELS & set(words_of(name)) and set(words_of(name)) <= _FUELS | FILLERS]
    if len(measures) > 1 or (measures and fuels):
        measures = [*measures, *fuels]
        raise LoadError(
            f"{path}: the columns {join_names(measures)} seem to be different measures, not nodes. Load one at a time"
            f" with format long (--map '{measures[0]}=value', --node), or rename them if they are nodes."
        )


def refuse_other_columns(nodes: Sequence[str], metric: str | None, path: Path) -> None:
    """Raise LoadError where columns that would be nodes say that they are something else."""
    _refuse_measures(nodes, path)
    others = [name for name in nodes if _is_no_node(name, nodes, metric)]
    if others:
        what = f"column {others[0]} does not seem to be a node"
        if len(others) > 1:
            what = f"columns {join_names(others)} do not seem to be nodes"
        if known := next((name for name in others if is_knowledge_name(name)), None):
            what += f". If {known} says when the values were known, pass --collected-at-column '{known}'"
        if quality := next((name for name in others if is_quality_name(name)), None):
            what += f". To leave rows out by the texts of {quality}, pass --where-not '{quality}=TEXT'"
        options = " ".join(f"--ignore '{name}'" for name in others[:5])
        them = "them" if len(others) > 1 else "it"
        raise LoadError(f"{path}: the {what}. Leave {them} out ({options}), or rename a column that is a node.")


def _is_no_node(name: str, nodes: Sequence[str], metric: str | None) -> bool:
    return is_total(name) or _describes(name) or is_knowledge_name(name) or _is_other_measure(name, nodes, metric)


def refuse_ignored_end(roles: dict[str, str], ignored: Sequence[str], path: Path) -> None:
    """Raise LoadError where the ends of the intervals, which state their length, are not read."""
    end = next((name for name in ignored if edge_in_name(name) == "end" and not _PART_OF_DAY.fullmatch(name)), None)
    if end is not None and "interval_start" in roles and "interval_end" not in roles:
        raise LoadError(
            f"{path}: the column {end} seems to hold the end of the intervals, which states their length, but it is not"
            f" read. Map it (--map '{end}=interval_end'), or leave it out (--ignore '{end}')."
        )


def _is_other_measure(name: str, nodes: Sequence[str], metric: str | None) -> bool:
    """Return whether a column is another measure than the metric: a price, a forecast, or a bound of another column."""
    words, metric = set(words_of(name)), metric or ""
    if words & _NO_NODES and words <= _NO_NODES | FILLERS and not words & set(words_of(metric)):
        return True
    if words & _MEASURES and words <= _MEASURES | FILLERS and not words & set(words_of(metric)):
        return not (_PRICE.search(name) and _PRICE.search(metric))
    if is_other_kind(name, metric):
        return True
    bound = _BOUND.fullmatch(name)
    return bool(bound and bound[1] in nodes)


def _describes(name: str) -> bool:
    words = set(words_of(name))
    if name == "id" or not words | set(re.findall(r"\d", name)):
        return True
    # DE, HE and FIN are countries; words in small letters are not.
    is_edge = edge_in_name(name) is not None and not (name.isupper() and len(name) <= 3)
    return bool(words & _DESCRIBING or is_edge) and words <= _DESCRIBING | EDGE_WORDS | FILLERS | ZONE_WORDS


def refuse_other_quantity(name: str, metric: str | None, path: Path) -> None:
    """Raise LoadError where the name of the value column is another quantity than the metric, such as a price."""
    words = set(words_of(name))
    if metric is None or not words & _MEASURES or not words <= _MEASURES | FILLERS or words & set(words_of(metric)):
        return
    if not (_PRICE.search(name) and _PRICE.search(metric)):
        raise LoadError(
            f"{path}: the column {name} does not seem to be {metric}. Pass its metric (--metric), or rename the column"
            " if its name is wrong."
        )
