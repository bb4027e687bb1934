-- Excluded: periods in which a selected series was not in the selected region or grid.
with excluded as materialized (
    select periods.* from jsonb_to_recordset($7::text::jsonb) as periods (
        series_id integer, valid_from timestamptz, valid_to timestamptz
    )
)

select
    series_id,
    load_id,
    cutoff_name,
    value,
    delivery_date,
    cutoff_at,
    interval_start,
    collected_at
from marts.fct_measures_at_cutoff as measures
where
    series_id = any($1) and ($2::timestamptz is null or interval_start >= $2)
    and ($3::timestamptz is null or interval_start < $3) and ($5::text[] is null or cutoff_name = any($5))
    and ($6::timestamptz is null or cutoff_at <= $6)
    and (
        $7::text is null
        or series_id not in (select excluded.series_id from excluded)
        or not exists (
            select from excluded
            where
                excluded.series_id = measures.series_id
                and measures.interval_start >= coalesce(excluded.valid_from, '-infinity')
                and measures.interval_start < coalesce(excluded.valid_to, 'infinity')
        )
    )
order by series_id, interval_start, cutoff_at, cutoff_name limit $4::bigint
