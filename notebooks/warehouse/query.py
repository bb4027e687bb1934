"""From a question to a frame: names to ids, rows from the marts, names to the rows, and what was asked beside them.

Names are not sent with every row: the catalogue has them once, and each row takes them from there.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.answers import METADATA_KEY, AnswerInfo
from warehouse.arguments import (
    HIERARCHY_LEVELS,
    check_choice,
    parse_range,
    parse_row_count,
    parse_timestamp,
    select_rows,
)
from warehouse.session import Reader, ReadError, open_reader

Answer: TypeAlias = Any  # what `into` says, or with `chunks` an iterator of these
Ask: TypeAlias = Callable[[Reader, pd.DataFrame], Iterable[pa.Table]]

PRESENTATION = ("local", "into", "chunks")  # how an answer is shown, not what is asked
ACCEPTED_LOADS = """
select load_id from (
    select distinct on (load_id) load_id, status from marts.fct_load_events
    where $1::timestamptz is null or changed_at <= $1
    order by load_id, event_id desc
) as last_events
where status = 'accepted'
order by load_id
"""


@dataclass(frozen=True)
class EntityColumns:
    """What rows are about: the column that says it, and the columns of the catalogue that each row is given."""

    noun: str
    key: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    catalog: str


SERIES_COLUMNS = EntityColumns(
    "series",
    "series_id",
    ("series_id", "grid_id", "region_id", "node_id"),
    ("grid_name", "region_name", "node_name", "metric", "source", "unit"),
    "select * from marts.dim_series order by series_id",
)


def run(
    call: str,
    asked: dict[str, Any],
    ask: Ask,
    subject: EntityColumns = SERIES_COLUMNS,
    chosen_by: Callable[..., pd.DataFrame] = select_rows,
) -> Answer:
    """What `ask` finds about the series (or places) that the names in `asked` select, in the form that `asked` wants.

    asked: the arguments of the call by name. Raises ReadError at once, also where the answer comes in parts.
    """
    make = FORMS[check_choice("form", asked["into"], FORMS)]
    chunks = parse_row_count("chunks", asked["chunks"])
    parts = _parts(call, asked, ask, subject, chosen_by, make)
    next(parts)
    if chunks:
        return parts
    (whole,) = parts
    return whole


def sql_query(sql: str, asked: dict[str, Any], *values: Any, within: tuple[Any, Any] | None = None) -> Ask:
    """Ask `sql` with $1 the ids, $2 and $3 the range, $4 the limit, and the values from $5 on.

    within: another range than start and end of what was asked.
    """
    first, last = within or parse_range(asked["start"], asked["end"])
    given = [to_sql_timestamp(first), to_sql_timestamp(last), parse_row_count("limit", asked["limit"]), *values]
    chunks = parse_row_count("chunks", asked["chunks"])

    def ask(read: Reader, chosen: pd.DataFrame) -> Iterable[pa.Table]:
        values = [ids(chosen), *given]
        return read.parts(chunks, sql, *values) if chunks else [read(sql, *values)]

    return ask


def ids(chosen: pd.DataFrame | pd.Series) -> pa.Scalar:
    """The keys of a catalogue, its first column, as one value for the database, which learns the type of none too."""
    keys = chosen if isinstance(chosen, pd.Series) else chosen.iloc[:, 0]
    return pa.scalar(keys.tolist(), pa.list_(pa.int32()))


def to_sql_timestamp(moment: pd.Timestamp | date | None) -> Any:
    """A moment as the database takes it, which counts in microseconds."""
    return moment.floor("us").to_pydatetime() if isinstance(moment, pd.Timestamp) else moment


def _parts(
    call: str,
    asked: dict[str, Any],
    ask: Ask,
    subject: EntityColumns,
    chosen_by: Callable[..., pd.DataFrame],
    make: Callable[[pa.Table, AnswerInfo], Any],
) -> Iterator[Any]:
    """First None, as soon as the question has proved to be one, then each part of the answer."""
    names = {level: asked[level] for level in HIERARCHY_LEVELS if level in asked}
    with open_reader() as read:
        chosen = chosen_by(read(subject.catalog).to_pandas(), **names)
        zones = sorted(chosen["time_zone"].unique())
        if asked["local"] and len(zones) > 1:
            raise ReadError(
                f"local=True needs one time zone, these {subject.noun} have {', '.join(zones)}; name one grid."
            )
        counts: dict[str, Any] = {subject.noun: len(chosen)}
        about = replace(_about(call, asked, read), time_zones=tuple(zones), **counts)
        found = ask(read, chosen)
        yield None
        for rows in found:
            table = _named(rows, chosen, subject)
            if asked["local"] and "interval_start" in rows.column_names:
                table = _with_local_time(table, zones[0] if zones else "UTC")
            loads = pc.unique(rows["load_id"]).to_pylist() if "load_id" in rows.column_names else about.loads
            yield make(table, replace(about, rows=table.num_rows, loads=tuple(sorted(loads))))


def _about(call: str, asked: dict[str, Any], read: Reader) -> AnswerInfo:
    """Return what the answers to this call have in common."""
    moments = [parse_timestamp(asked.get(clock), clock) for clock in ("collected", "loaded")]
    known, stored = (None if moment is None else moment.isoformat() for moment in moments)
    return AnswerInfo(
        call=call,
        requested={name: str(value) for name, value in asked.items() if value is not None and name not in PRESENTATION},
        as_of=known,
        loaded=stored,
        read_at=read("select now() as read_at")["read_at"][0].as_py().isoformat(),
        loads=tuple(read(ACCEPTED_LOADS, to_sql_timestamp(moments[1]))["load_id"].to_pylist()),
    )


def _named(rows: pa.Table, chosen: pd.DataFrame, subject: EntityColumns) -> pa.Table:
    place = pc.index_in(rows[subject.key], value_set=pa.array(chosen[subject.key])).combine_chunks()
    columns = {name: pa.array(chosen[name]).take(place) for name in subject.ids}
    if "load_id" in rows.column_names:
        columns["load_id"] = rows["load_id"]
    for name in subject.names:
        words = pd.Categorical(chosen[name])
        codes = pa.array(words.codes.astype(np.int32)).take(place)
        columns[name] = pa.DictionaryArray.from_arrays(codes, pa.array(words.categories, pa.string()))
    for name in rows.column_names:
        if name not in columns:
            column = rows[name]
            columns[name] = column.dictionary_encode() if pa.types.is_string(column.type) else column
    return pa.table(columns)


def _with_local_time(table: pa.Table, zone: str) -> pa.Table:
    at = table.column_names.index("interval_start")
    local = table.column(at).cast(pa.timestamp("us", tz=zone))
    return table.add_column(at + 1, "interval_start_local", local)


def _pandas(table: pa.Table, info: AnswerInfo) -> pd.DataFrame:
    frame = table.to_pandas(date_as_object=False)
    frame.attrs = info.to_attrs()
    return frame


def _arrow(table: pa.Table, info: AnswerInfo) -> pa.Table:
    return table.replace_schema_metadata({METADATA_KEY: json.dumps(info.to_attrs())})


def _polars(table: pa.Table, info: AnswerInfo) -> Any:
    import polars

    return polars.from_arrow(table)  # which has nowhere to keep `info`


FORMS = {"pandas": _pandas, "polars": _polars, "arrow": _arrow}
