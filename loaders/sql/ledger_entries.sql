-- Loads, newest first, with the reason of their newest event and all their events.
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
    load_history.events -> -1 ->> 'why' as why,
    load_history.events
from raw.loads
cross join
    lateral (
        select
            jsonb_agg(
                jsonb_build_object(
                    'at', load_events.at,
                    'status', load_events.status,
                    'who', load_events.who,
                    'why', load_events.why,
                    'decided_by', load_events.decided_by,
                    'login', load_events.login,
                    'client_address', host(load_events.client_address)
                )
                order by load_events.event_id
            ) as events
        from raw.load_events
        where load_events.load_id = loads.load_id
    ) as load_history
where
    (%(status)s::text is null or loads.status = %(status)s)
    and (%(load_id)s::integer is null or loads.load_id = %(load_id)s)
order by loads.load_id desc
limit %(limit)s
