-- Null where the marts show exactly what counts of the month, and nothing of it waits for a decision of the gate.
select
    case
        when exists (
            select from raw.loads
            where status = 'pending' and interval_from < %(month_end)s and interval_to >= %(month_start)s
        ) then 'a load of it is not judged yet. Run: warehouse up, or ingest again'
        when exists (
            select from raw.loads
            left join staging.int_loads_applied as applied on loads.load_id = applied.load_id
            where
                (loads.status = 'accepted') <> (applied.load_id is not null)
                and loads.interval_from < %(month_end)s
                and loads.interval_to >= %(month_start)s
        ) or exists (
            select from staging.int_changed_keys as changes
            where
                changes.change_number > (
                    select min(applied.change_number) from staging.int_summaries_applied as applied
                )
                and changes.interval_start >= %(month_start)s
                and changes.interval_start < %(month_end)s
        ) then 'the marts are not up to date. Run: warehouse build'
    end as reason
