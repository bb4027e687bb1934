-- Loads, newest first, with the reason of their newest event.
select
    loads.load_id,
    loads.status,
    loads.source,
    loads.format,
    loads.uri,
    loads.collected_at_basis,
    loads.rows_read,
    loads.rows_inserted,
    loads.rows_corrected,
    loads.rows_duplicate,
    loads.rows_blank,
    loads.rows_rejected,
    loads.started_at,
    loads.loaded_at,
    loads.notices,
    newest_event.why
from raw.loads
cross join lateral (
    select load_events.why
    from raw.load_events
    where load_events.load_id = loads.load_id
    order by load_events.event_id desc
    limit 1
) as newest_event
where
    (%(status)s::text is null or loads.status = %(status)s)
    and (%(load_id)s::integer is null or loads.load_id = %(load_id)s)
order by loads.load_id desc
limit %(limit)s
