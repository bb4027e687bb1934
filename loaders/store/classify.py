"""Tell new rows from repeated, correcting and contradictory ones."""

import psycopg

from loaders.errors import LoadError
from loaders.store.delivery import Delivery

# A stored row is the same delivery as an incoming one when it is the newest of its key and has the same value.
# The probe is left out where none of the series has a row in the range: then every row is new.
CLASSIFY = """
create temporary table classified on commit drop as
with ranked as (
    select
        *,
        row_number() over (partition by series_id, interval_start, collected_at order by row_number) as copy_number
    from incoming
)
select ranked.*, {stored}
from ranked
{probe}
"""
PROBE = """
left join lateral (
    select measures.load_id, measures.row_id, measures.value
    from raw.measures
    where measures.series_id = ranked.series_id
        and measures.interval_start = ranked.interval_start
        and measures.collected_at = ranked.collected_at
    order by measures.load_id desc
    limit 1
) as stored on true
"""
PROBED_COLUMNS = """
    stored.row_id as stored_row_id,
    stored.load_id is not null and stored.value is not distinct from ranked.value as is_stored,
    stored.load_id is not null and stored.value is distinct from ranked.value as is_correction
"""
FRESH_COLUMNS = "null::bigint as stored_row_id, false as is_stored, false as is_correction"

MAY_BE_STORED = """
select exists (
    select from (
        select series_id, min(interval_start) as first_start, max(interval_start) as last_start
        from incoming
        group by series_id
    ) as spans
    inner join lateral (
        select from raw.measures
        where measures.series_id = spans.series_id
            and measures.interval_start between spans.first_start and spans.last_start
        limit 1
    ) as stored on true
)
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


def classify(connection: psycopg.Connection) -> None:
    """Fill `classified`: each incoming row with what is stored of its key; contradictory rows go to `refused`."""
    probe = connection.execute(MAY_BE_STORED).fetchone()[0]
    connection.execute(CLASSIFY.format(stored=PROBED_COLUMNS if probe else FRESH_COLUMNS, probe=PROBE if probe else ""))
    if connection.execute("select exists (select from classified where copy_number > 1)").fetchone()[0]:
        connection.execute(REFUSE_CONFLICTS)


def check_rejects(connection: psycopg.Connection, delivery: Delivery, rows_read: int) -> None:
    """Raise LoadError when more rows are refused than the delivery allows."""
    counts = dict(connection.execute("select reason, count(*) from refused group by reason order by 2 desc").fetchall())
    rejected, limit = sum(counts.values()), delivery.max_rejects
    allowed = limit if isinstance(limit, int) else limit * rows_read
    if rejected > allowed:
        reason = next(iter(counts))
        first = connection.execute(
            "select row_number, payload from refused where reason = %s order by row_number limit 1", [reason]
        ).fetchone()
        raise LoadError(
            f"{delivery.uri}: {rejected} of {rows_read} rows would be rejected, more than --max-rejects allows; nothing"
            f" was stored. Most often: {reason} ({counts[reason]}), first in row {first[0]}: {first[1][:300]}"
        )
