"""Columns that are not read and hold the knowledge time of each row, such as `last_update`."""

import re
from pathlib import Path

import pyarrow as pa

from loaders.canonical.totals import word_set, words_of
from loaders.errors import LoadError
from loaders.formats.file_format import ReadOptions

_KNOWLEDGE = word_set(
    "update updated updatetime lastupdate lastupdated modified lastmodified published publication publish pubdate issue"
    " issued released release posted created creation generated run vintage revised revision aktualisiert"
    " aktualisierung veröffentlicht veröffentlichung veroeffentlicht stand erstellt publié publicado publicación"
    " publicacion actualizado actualización actualizacion atualizado aggiornamento pubblicazione pubblicato mise"
    " gepubliceerd bijgewerkt opublikowano publikacji publikacja asof announced reported extracted"
    " retrieved downloaded fetched"
)
_AROUND = word_set(
    "at on time date datetime timestamp last utc gmt local dt ts of the am um le de la data fecha datum zeit uhrzeit"
    " zeitpunkt zeitstempel forecast day to jour à ultima última última tijd publ cet cest price value"
)
# Of several words, that say it together only.
_PHRASES = re.compile(
    r"(?i)as[ _]?(?:at|of)|stan[ _]na|stand[ _](?:vom|am)"
    r"|forecast[ _]?(?:date[ _]?time|time|timestamp|origin|cycle|reference)"
    r"|(?:reference|base|init|initial|initiali[sz]ation|analysis|basis)[ _]?(?:date[ _]?)?time"
)
_TIME = re.compile(r"\d{4}-?\d\d-?\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{10}(?:\d{3})?(?:\d{3})?$")


def is_knowledge_name(name: str) -> bool:
    """Return whether the name of a column says that it holds when values were published or changed."""
    words = set(words_of(name))
    return bool(_PHRASES.fullmatch(name)) or (bool(words & _KNOWLEDGE) and words <= _KNOWLEDGE | _AROUND)


def refuse_knowledge_times(name: str, column: pa.Array, path: Path, options: ReadOptions) -> None:
    """Raise LoadError where a column states when each row was known, but the caller states that of all rows."""
    if options.collected_at is None or not is_knowledge_name(name):
        return
    texts = column.drop_null()
    if pa.types.is_timestamp(column.type):
        is_time = len(texts) > 0
    else:
        first = next((str(text) for text in texts[:100].to_pylist() if str(text).strip()), "")
        is_time = bool(_TIME.match(first.strip()))
    if is_time:
        raise LoadError(
            f"{path}: the column {name} seems to say when each value was known, but --collected-at is passed for all"
            f" rows. Map it instead (--map '{name}=collected_at'), or leave it out (--ignore '{name}')."
        )
