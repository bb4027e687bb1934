{#
    Months of revisions may be archived: then the tables have only the newest revision of each of their intervals. What needs the
    others fails, in words for people, instead of answering with less. Where the facts are distributed no month can be archived.
#}

{#
    A condition that holds for every row, and fails where the interval of a row is archived and `condition` holds. `is not null`,
    because the planner expects that of nearly all rows. The month is looked up only for rows before the newest archived one.
#}
{% macro in_tables(interval_start, condition=none, archived_months=none) -%}
    {%- if is_distributed() -%}
    true
    {%- else -%}
    (
        case
            when
                {{ interval_start }} < (
                    select max(archived.month_end)
                    from {{ archived_months or ref('stg_archived_months') }} as archived
                )
                {{ 'and ' ~ condition if condition }}
                then ledger.require_tables({{ interval_start }}, {{ interval_start }} + interval '1 microsecond')
            else true
        end
    ) is not null
    {%- endif -%}
{%- endmacro %}


{#
    The same for the range of the function `name`; where only_with_loaded, only if it got a system time. Then raw is read.
#}
{% macro range_in_tables(name, only_with_loaded=false, end_datetime=none) -%}
    {%- if is_distributed() -%}
    true
    {%- else -%}
    (
        case
            {% if only_with_loaded %}when {{ name }}.loaded_datetime is null then true{% endif %}
            {{ 'else' if only_with_loaded else 'when true then' }} ledger.require_tables(
                {{ name }}.start_datetime, {{ end_datetime or name ~ '.end_datetime' }}, {{ name }}.loaded_datetime is not null
            )
        end
    ) is not null
    {%- endif -%}
{%- endmacro %}


{# Hook of int_measure_revisions: whatever computes everything needs every revision. #}
{% macro refuse_to_build_archived() %}
    {% if not is_incremental() %}
        select ledger.require_tables(null, null)
    {% endif %}
{% endmacro %}


{# Hook of int_measure_revisions, in the transaction that completed the restored months. #}
{% macro forget_restored_months() %}
    {% if execute and is_incremental() and target.name == 'warehouse' and has_archived_months() %}
        select ledger.forget_restored_months();
        delete from {{ ref('int_flags_archived') }} as flags
        where
            not exists (
                select
                from {{ ref('stg_archived_months') }} as archived
                where flags.interval_start >= archived.month_start and flags.interval_start < archived.month_end
            )
    {% endif %}
{% endmacro %}


{# Whether any month is archived, when the SQL of a model is chosen. #}
{% macro has_archived_months() %}
    {{ return(run_query('select exists (select from raw.archived_months) as found').rows[0]['found']) }}
{% endmacro %}
