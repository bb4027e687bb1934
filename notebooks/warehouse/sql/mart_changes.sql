-- The changes of the marts after change number $1 in the series $2 (null: all) and the range from $3 to before $4.
-- newest_number is in every row; one row without change_number says that nothing of this changed.
with newest as (
    select ledger.newest_mart_change() as newest_number
),

changes as (
    select *
    from ledger.mart_changes_since($1::bigint)
    where
        ($2::integer[] is null or series_ids is null or series_ids && $2)
        and ($3::timestamptz is null or last_interval_start is null or last_interval_start >= $3)
        and ($4::timestamptz is null or first_interval_start is null or first_interval_start < $4)
)

select
    newest.newest_number,
    changes.change_number,
    changes.build_number,
    case
        when $2::integer[] is null or changes.series_ids is null then changes.series_ids
        else
            array(
                select ids.series_id
                from unnest(changes.series_ids) as ids (series_id)
                where ids.series_id = any($2)
                order by ids.series_id
            )
    end as series_ids,
    changes.first_interval_start,
    changes.last_interval_start
from newest
left join changes on true
order by changes.change_number
