{#
    A summary is a table of groups (a series and a local day, or a location and an hour) that a build recomputes where something
    changed: the revisions of int_changed_keys that this summary has not applied yet, and series whose definition is another one
    than when it was last built (time zone, resolution, actual, code lists). Groups are recomputed, never added to, so a summary is
    what a full refresh would make it.

    Models use the strategy apply_changes: all rows of a group are replaced, and a row with is_gone stands for a group that has none.
    `definitions` is a query of one row per series_id, with what the summary takes from its definition as text.
#}

{#
    One snapshot for the whole transaction, so that the changes recorded as applied are those that the summary read. The planner cannot
    know how few they are: its estimate grows with the warehouse, and a hash join prepares for all that the estimate asks for.
#}
{% macro begin_summary() %}
    {{ begin_snapshot() }};
    {% if is_incremental() %}
    lock table {{ this }} in share row exclusive mode;
    {% if not is_large_summary_change() %}
    set local enable_hashjoin = off
    {% endif %}
    {% endif %}
{% endmacro %}


{# Index a new summary, and record what it applied. #}
{% macro end_summary(indexes, definitions) %}
    {% if not is_incremental() %}
    {# In a block, so that each is a query of its own: Citus sends the text of a whole query to the nodes. #}
    do $index$
    begin
        {% for columns in indexes %}
        create index on {{ this }} ({{ columns }});
        {% endfor %}
    end
    $index$;
    {% endif %}
    delete from {{ ref('int_summaries_applied') }} where summary = '{{ this.identifier }}';
    insert into {{ ref('int_summaries_applied') }} (summary, change_number)
    select
        '{{ this.identifier }}',
        greatest(
            0,
            (select max(changes.change_number) from {{ ref('int_changed_keys') }} as changes),
            (select max(applied.change_number) from {{ ref('int_summaries_applied') }} as applied)
        );
    {% if not is_incremental() %}
    delete from {{ ref('int_summary_definitions') }} where summary = '{{ this.identifier }}';
    {% endif %}
    do $forget$
    declare
        -- As values: Citus does not delete from a copy on every node by tables of this node only, such as the snapshot.
        redefined constant integer[] := array(
            select applied.series_id
            from {{ ref('int_summary_definitions') }} as applied
            where
                applied.summary = '{{ this.identifier }}'
                and not exists (
                    select
                    from ({{ definitions_of_summary(definitions) }}) as definitions
                    where definitions.series_id = applied.series_id and definitions.definition = applied.definition
                )
        );
    begin
        delete from {{ ref('int_summary_definitions') }} as applied
        where applied.summary = '{{ this.identifier }}' and applied.series_id = any(redefined);
    end
    $forget$;
    insert into {{ ref('int_summary_definitions') }} (summary, series_id, definition)
    select
        '{{ this.identifier }}',
        definitions.series_id,
        definitions.definition
    from ({{ definitions_of_summary(definitions) }}) as definitions
    where
        not exists (
            select
            from {{ ref('int_summary_definitions') }} as applied
            where applied.summary = '{{ this.identifier }}' and applied.series_id = definitions.series_id
        );
    {{ analyze_summary() }}
{% endmacro %}


{#
    Statistics of a summary that changed by more than a tenth, as autovacuum would take them. Those of every build would cost as much as a
    small change itself. What other transactions changed is known a moment later, so it may count for the next build. Where the rows are on
    other nodes, Citus refuses it in the transaction that changed them, and autovacuum does it there.
#}
{% macro analyze_summary() %}
    {% if is_distributed() and is_incremental() %}
    select 1
    {% elif not is_incremental() or is_large_summary_change() %}
    analyze {{ this }}
    {% else %}
    do $analyze$
    begin
        if (
            select
                tables.reltuples <= 0
                or pg_stat_get_mod_since_analyze(tables.oid)
                + pg_stat_get_xact_tuples_inserted(tables.oid)
                + pg_stat_get_xact_tuples_deleted(tables.oid) > tables.reltuples / 10
            from pg_class as tables
            where tables.oid = '{{ this }}'::regclass
        ) then
            analyze {{ this }};
        end if;
    end
    $analyze$
    {% endif %}
{% endmacro %}


{# One row per series, with a number that changes with its definition. #}
{% macro definitions_of_summary(definitions) -%}
    select
        series_id,
        hashtextextended(definition, 0) as definition
    from ({{ definitions }}) as texts
{%- endmacro %}


{#
    Whether so much changed that computing everything takes less time than each changed group by itself: over 100,000 revisions,
    and over 5 % of those in the table, as for int_measure_revisions. A table that has no column of its setting added_columns yet is
    computed as well. Both programs give the same rows. Tests choose this one with the setting warehouse.treat_changes_as_large. Where months are archived, not everything can be computed.
#}
{% macro is_large_summary_change() %}
    {% if not execute or not is_incremental() %}
        {{ return(false) }}
    {% endif %}
    {% if missing_columns() %}
        {{ return(true) }}
    {% endif %}
    {% if has_archived_months() %}
        {{ return(false) }}
    {% endif %}
    {% set query %}
        select
            changed.number > greatest(100000, stored.number * 0.05)
            or coalesce(current_setting('warehouse.treat_changes_as_large', true) = 'on', false) as is_large
        from (
            select count(*) as number
            from {{ ref('int_changed_keys') }} as changes
            where
                changes.change_number > (
                    select applied.change_number
                    from {{ ref('int_summaries_applied') }} as applied
                    where applied.summary = '{{ this.identifier }}'
                )
        ) as changed
        cross join (
            select coalesce(sum(loads.rows_inserted), 0) as number
            from {{ ref('stg_loads') }} as loads
            inner join {{ ref('int_loads_applied') }} as applied on loads.load_id = applied.load_id
        ) as stored
    {% endset %}
    {{ return(run_query(query).rows[0]['is_large']) }}
{% endmacro %}


{# Columns of the setting added_columns that the table of this model does not have yet. #}
{% macro missing_columns() %}
    {% set added_columns = config.get('added_columns', {}) %}
    {% if not added_columns %}
        {{ return([]) }}
    {% endif %}
    {% set present = adapter.get_columns_in_relation(this) | map(attribute='name') | list %}
    {{ return(added_columns | reject('in', present) | list) }}
{% endmacro %}


{# CTEs `changed_keys` and `redefined_series` of an incremental run. #}
{% macro changes_to_summarize(definitions) -%}
changed_keys as not materialized (
    select
        changes.series_id,
        changes.interval_start
    from {{ ref('int_changed_keys') }} as changes
    where
        changes.change_number > (
            select applied.change_number
            from {{ ref('int_summaries_applied') }} as applied
            where applied.summary = '{{ this.identifier }}'
        )
),

redefined_series as materialized (
    select definitions.series_id
    from ({{ definitions_of_summary(definitions) }}) as definitions
    left join {{ ref('int_summary_definitions') }} as applied
        on applied.summary = '{{ this.identifier }}' and definitions.series_id = applied.series_id
    where definitions.definition is distinct from applied.definition
)
{%- endmacro %}
