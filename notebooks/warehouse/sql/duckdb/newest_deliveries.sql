-- Of each interval only what came last.
create or replace temporary view deliveries as
select received.*
from received
inner join (
    select
        received_rows.series_id,
        received_rows.interval_start,
        max(received_rows.collected_at) as collected_at
    from received as received_rows
    group by received_rows.series_id, received_rows.interval_start
) as newest
    on
        received.series_id = newest.series_id
        and received.interval_start = newest.interval_start
        and received.collected_at = newest.collected_at
