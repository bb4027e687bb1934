-- Excluded: periods in which a selected series was not in the selected region or grid.
with excluded as materialized (
    select periods.* from jsonb_to_recordset($10::text::jsonb) as periods (
        series_id integer, valid_from timestamptz, valid_to timestamptz
    )
)

select
    series_id,
    load_id,
    quality_flag,
    value,
    interval_start,
    collected_at
from
    marts.measures_as_of(
        collected_datetime => $5, start_datetime => $2, end_datetime => $3, loaded_datetime => $6, series_ids => $1
    ) as measures
where
    ($7::boolean is null or (quality_flag is not null) = $7)
    and ($8::integer is null or (series_id, interval_start) > ($8::integer, $9::timestamptz))
    and (
        $10::text is null
        or series_id not in (select excluded.series_id from excluded)
        or not exists (
            select from excluded
            where
                excluded.series_id = measures.series_id
                and measures.interval_start >= coalesce(excluded.valid_from, '-infinity')
                and measures.interval_start < coalesce(excluded.valid_to, 'infinity')
        )
    )
order by series_id, interval_start
limit $4::bigint
