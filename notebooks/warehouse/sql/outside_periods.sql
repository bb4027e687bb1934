-- The rows of another query, `measures`, apart from those of periods in which a series was not in what was selected.
select measures.*
from measures
where
    not exists (
        select
        from
            jsonb_to_recordset({periods}::text::jsonb) as excluded (
                series_id integer, valid_from timestamptz, valid_to timestamptz
            )
        where
            excluded.series_id = measures.series_id
            and measures.interval_start >= coalesce(excluded.valid_from, '-infinity')
            and measures.interval_start < coalesce(excluded.valid_to, 'infinity')
    )
order by {order}
limit {limit}::bigint
