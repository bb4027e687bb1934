"""Tell new rows from repeated, correcting and contradictory ones."""

from dataclasses import dataclass

import psycopg

from loaders.errors import LoadError
from loaders.ingest.storage.delivery import Delivery
from loaders.ingest.storage.temporary_tables import Staged


@dataclass(frozen=True)
class Classified:
    """How the placed rows stand to what is stored: new ones, of these corrections; repeated ones; rows refused now."""

    fresh: int
    corrected: int
    repeated: int
    refused: int


# No stored row has a key of an incoming one when no load reaches into both ranges, or no series has a row in its range.
MAY_BE_STORED = """
select
    exists (
        select from raw.loads
        where
            interval_from <= %(interval_to)s and interval_to >= %(interval_from)s
            and collected_from <= %(collected_to)s and collected_to >= %(collected_from)s
    )
    and exists (
        select from (
            select series_id, min(interval_start) as first_start, max(interval_start) as last_start
            from incoming
            group by series_id
        ) as spans
        inner join lateral (
            select from raw.measures
            where
                measures.series_id = spans.series_id
                and measures.interval_start between spans.first_start and spans.last_start
            limit 1
        ) as stored on true
    )
"""

# A stored row is the same delivery as an incoming one when it is the newest of its key and has the same value.
CLASSIFY = """
create temporary table classified on commit drop as
with ranked as (
    select
        *,
        row_number() over (partition by series_id, interval_start, collected_at order by row_number) as copy_number
    from incoming
)
select
    ranked.*,
    stored.row_id as stored_row_id,
    stored.load_id is not null and stored.value is not distinct from ranked.value as is_stored,
    stored.load_id is not null and stored.value is distinct from ranked.value as is_correction
from ranked
left join lateral (
    select measures.load_id, measures.row_id, measures.value
    from raw.measures
    where
        measures.series_id = ranked.series_id
        and measures.interval_start = ranked.interval_start
        and measures.collected_at = ranked.collected_at
    order by measures.load_id desc
    limit 1
) as stored on true
"""

COUNT = """
select
    count(*) filter (where copy_number = 1 and not is_stored),
    count(*) filter (where copy_number = 1 and is_correction),
    count(*) filter (where is_stored),
    count(*) filter (where copy_number > 1)
from classified
"""

# Two values for one key in one delivery: which is right cannot be known, so all rows of the key are refused.
REFUSE_CONFLICTS = """
with conflicts as (
    select series_id, interval_start, collected_at
    from classified
    where (series_id, interval_start, collected_at) in (
        select series_id, interval_start, collected_at from classified where copy_number > 1
    )
    group by series_id, interval_start, collected_at
    having min(value) <> max(value) or count(value) not in (0, count(*))
),
removed as (
    delete from classified
    using conflicts
    where classified.series_id = conflicts.series_id
        and classified.interval_start = conflicts.interval_start
        and classified.collected_at = conflicts.collected_at
    returning classified.*
)
insert into refused (row_number, reason, payload)
select
    row_number,
    'conflicting_value',
    json_build_object(
        'grid', grid_name, 'region', region_name, 'node', node_name, 'metric', metric, 'source', source,
        'interval_start', interval_start, 'collected_at', collected_at, 'value', value
    )
from removed
inner join raw.series using (series_id)
inner join raw.nodes using (node_id)
inner join raw.regions using (region_id)
inner join raw.grids using (grid_id)
"""


def may_be_stored(connection: psycopg.Connection, staged: Staged) -> bool:
    """Whether any stored row may have the key of an incoming one; a quick look that never says no wrongly."""
    return connection.execute(MAY_BE_STORED, vars(staged)).fetchone()[0]


def classify(connection: psycopg.Connection) -> Classified:
    """Fill `classified`: each incoming row with what is stored of its key; contradictory rows go to `refused`."""
    connection.execute(CLASSIFY)
    fresh, corrected, repeated, copies = connection.execute(COUNT).fetchone()
    if copies == 0:
        return Classified(fresh, corrected, repeated, 0)
    refused = connection.execute(REFUSE_CONFLICTS).rowcount
    fresh, corrected, repeated, copies = connection.execute(COUNT).fetchone()
    return Classified(fresh, corrected, repeated, refused)


def check_rejects(connection: psycopg.Connection, delivery: Delivery, rows_read: int, rejected: int) -> None:
    """Raise LoadError when more rows are refused than the delivery allows."""
    limit = delivery.max_rejects
    if rejected > (limit if isinstance(limit, int) else limit * rows_read):
        reason, count = connection.execute(
            "select reason, count(*) from refused group by reason order by 2 desc limit 1"
        ).fetchone()
        first = connection.execute(
            "select row_number, payload from refused where reason = %s order by row_number limit 1", [reason]
        ).fetchone()
        raise LoadError(
            f"{delivery.uri}: {rejected} of {rows_read} rows would be rejected, more than --max-rejects allows; nothing"
            f" was stored. Most often: {reason} ({count}), first in row {first[0]}: {first[1][:300]}. Mend the rows, or"
            " allow more."
        )
