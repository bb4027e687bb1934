select
    revisions.series_id,
    revisions.load_id,
    revisions.quality_flag,
    revisions.value,
    revisions.previous_value,
    revisions.value - revisions.previous_value as change,
    extract(epoch from revisions.interval_start - revisions.collected_at)::double precision / 3600 as lead_time_hours,
    revisions.known_to is null as is_latest,
    revisions.interval_start,
    revisions.interval_end,
    revisions.collected_at,
    revisions.collected_at as known_from,
    revisions.known_to
from
    marts.revisions_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    ) as revisions
where ($7::boolean is null or (revisions.quality_flag is not null) = $7)
order by revisions.series_id, revisions.interval_start, revisions.collected_at
limit $4::bigint
