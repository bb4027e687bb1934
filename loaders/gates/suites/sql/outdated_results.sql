-- Loads that are accepted or held, with the rules by which they were not judged as the rules are now.
--
-- Loads that stored no row of their own are left out: their rows are judged with the load that stored them. So are
-- loads with rows in archived months: they cannot be read here, and keep the results that they have.
with newest as (
    select
        results.load_id,
        max(results.checked_at) as checked_at
    from raw.gate_results as results
    group by results.load_id
),

judged as (
    select
        results.load_id,
        results.metric,
        results.rule,
        results.share_allowed,
        results.rule_description
    from newest
    inner join raw.gate_results as results
        on newest.load_id = results.load_id and newest.checked_at = results.checked_at
    inner join raw.loads as loads on newest.load_id = loads.load_id
    where
        loads.status in ('accepted', 'held')
        and loads.rows_inserted > 0
        and not exists (
            select
            from raw.archived_loads
            inner join raw.archived_months on archived_loads.month = archived_months.month
            where archived_loads.load_id = loads.load_id and archived_months.restored_at is null
        )
),

current_rules as (
    select rules.*
    from jsonb_to_recordset(current_setting('warehouse.rules')::jsonb -> 'rules') as rules (
        name text,
        metrics jsonb,
        share_allowed double precision,
        description text
    )
),

expected as (
    select
        metrics_of_load.load_id,
        metrics_of_load.metric,
        current_rules.name as rule,
        current_rules.share_allowed,
        current_rules.description as rule_description
    from (select distinct
        judged.load_id,
        judged.metric
    from judged) as metrics_of_load
    inner join current_rules
        on current_rules.metrics is null or current_rules.metrics @> to_jsonb(metrics_of_load.metric)
),

missing as (
    select * from expected
    except
    select * from judged
),

removed as (
    select * from judged
    except
    select * from expected
),

different as (
    select
        missing.load_id,
        missing.rule
    from missing
    union
    select
        removed.load_id,
        removed.rule
    from removed
)

select
    different.load_id,
    string_agg(different.rule, ', ' order by different.rule) as rules
from different
group by different.load_id
