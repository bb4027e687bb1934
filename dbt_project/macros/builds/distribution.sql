{#
    Where raw.measures is distributed over the nodes of a Citus cluster, the tables of the marts are too: by the column of the setting
    distributed_by, or else with a copy on every node. `is_distributed` and these macros decide what differs then.
#}

{#
    For a CTE that PostgreSQL merges into the query around it. Citus computes it once, on all nodes, and gives its rows to what reads it:
    so these may be joined in any way.
#}
{% macro gathered() -%}
    {{ 'materialized' if is_distributed() else 'not materialized' }}
{%- endmacro %}


{#
    At the end of a lateral subquery: PostgreSQL then computes it for each row, and does not choose to read everything. Citus sends a
    lateral subquery to the nodes only without it.
#}
{% macro offset_0() -%}
    {{ 'offset 0' if not is_distributed() }}
{%- endmacro %}


{#
    The flag of a row of `revisions`. Citus asks all nodes about one series where a column is a query of its own: there the flags are
    joined, by `join_flag_of_revision`.
#}
{% macro flag_of_revision() -%}
{%- if is_distributed() -%}
    flagged.quality_flag
{%- else -%}
    (
        select flagged.quality_flag
        from {{ ref('int_flagged_revisions') }} as flagged
        where {{ is_flag_of_revision() }}
    )
{%- endif -%}
{%- endmacro %}


{% macro join_flag_of_revision() -%}
    {{ 'left join ' ~ ref('int_flagged_revisions') ~ ' as flagged on ' ~ is_flag_of_revision() if is_distributed() }}
{%- endmacro %}


{% macro is_flag_of_revision() -%}
    flagged.series_id = revisions.series_id
    and flagged.interval_start = revisions.interval_start
    and flagged.collected_at = revisions.collected_at
    and flagged.value is not distinct from revisions.value
{%- endmacro %}


{# Views and functions are read on the coordinator, so the other nodes need none. #}
{% macro define_on_this_node() -%}
    {{ 'set local citus.enable_ddl_propagation to off;' if is_distributed() }}
{%- endmacro %}


{#
    Statement that deletes the rows of `target` whose keys are in the temporary table `changes`. That is a table of this node only, which
    Citus does not join with those of all nodes: there the keys travel as values.
#}
{% macro delete_changed_rows(target, changes, keys) %}
    {% set match %}
        {%- for key in keys %}
        {{ 'and ' if not loop.first }}target.{{ key }} = changes.{{ key }}
        {%- endfor %}
    {% endset %}
    {% if is_distributed() %}
    do $delete$
    declare
        {%- for column in adapter.get_columns_in_relation(target) if column.name in keys %}
        keys_of_{{ column.name }} {{ column.data_type }}[] := array(select {{ column.name }} from {{ changes }} order by {{ keys | join(', ') }});
        {%- endfor %}
    begin
        delete from {{ target }} as target
        using unnest(keys_of_{{ keys | join(', keys_of_') }}) as changes ({{ keys | join(', ') }})
        where {{ match }};
    end
    $delete$;
    {% else %}
    delete from {{ target }} as target
    using {{ changes }} as changes
    where
    {{- match }};
    {% endif %}
{% endmacro %}


{#
    Begin a transaction that has one snapshot. Citus creates a distributed table and its indexes after a query on all nodes only where the
    whole transaction uses one connection to each.
#}
{% macro begin_snapshot() -%}
    commit;
    begin isolation level repeatable read
    {{- "; set local citus.multi_shard_modify_mode to 'sequential'" if is_distributed() and not is_incremental() }}
{%- endmacro %}


{#
    A statement in a block: a setting of the transaction is set on all nodes. Elsewhere Citus would send them the text of the whole query.
#}
{% macro set_on_all_nodes(setting, value) -%}
    {%- if is_distributed() %}
        perform set_config('citus.propagate_set_commands', 'local', true);
    {%- endif %}
        execute format('set local {{ setting }} = %L', {{ value }});
    {%- if is_distributed() %}
        perform set_config('citus.propagate_set_commands', 'none', true);
    {%- endif %}
{%- endmacro %}


{#
    At the end of a lateral subquery that adds up rows of one series: Citus requires that it says so. Then there is no row where there are
    none, so it must be left joined.
#}
{% macro grouped_by(column) -%}
    {{ 'group by ' ~ column if is_distributed() }}
{%- endmacro %}


{# A query for the columns of another one, which Citus would compute, or refuse for its condition false. #}
{% macro postgres__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {% if not is_distributed() %}
        {{ return(default__get_empty_subquery_sql(select_sql, select_sql_header)) }}
    {% endif %}
    {% set query %}
        select
            attname,
            format_type(atttypid, atttypmod) as data_type
        from pg_attribute
        where attrelid = '{{ shape_of_query(select_sql) }}'::regclass
        order by attnum
    {% endset %}
    {% set columns = [] %}
    {% for row in run_query(query).rows %}
        {% do columns.append('null::' ~ row['data_type'] ~ ' as ' ~ adapter.quote(row['attname'])) %}
    {% endfor %}
    {% do run_query('drop view shape') %}
    {{ return('select ' ~ columns | join(', ') ~ ' limit 0') }}
{% endmacro %}


{#
    A statement that distributes a table. The nodes know nothing of the views that analysts read it through, and ask whether they may read
    the table.
#}
{% macro distribute(relation, column) -%}
    do $distribute$
    begin
        {%- if column %}
        perform create_distributed_table(
            '{{ relation }}', '{{ column }}'{{ ", colocate_with => 'raw.measures'" if column == 'series_id' }}
        );
        {%- else %}
        perform create_reference_table('{{ relation }}');
        {%- endif %}
        grant select on {{ relation }} to warehouse_analyst;
    end
    $distribute$
{%- endmacro %}


{# Hook of the snapshot, which is on the coordinator only. #}
{% macro let_analysts_read() %}
    {{ 'grant select on ' ~ this ~ ' to warehouse_analyst' if is_distributed() }}
{% endmacro %}


{# Hook of seeds, which dbt creates in a way of its own. #}
{% macro distribute_new_table() %}
    {% if is_distributed() and not is_distributed_table(this) %}
        {{ distribute(this, none) }}
    {% endif %}
{% endmacro %}


{% macro is_distributed_table(relation) %}
    {% set query %}
        select exists (select from pg_dist_partition where logicalrelid = '{{ relation }}'::regclass) as found
    {% endset %}
    {{ return(run_query(query).rows[0]['found']) }}
{% endmacro %}


{#
    Hook at the start of a run. Tables that were built before raw.measures was distributed must be made again, aside. Analysts may use the
    schema of what is below the marts.
#}
{% macro prepare_distributed_build() %}
    {% if is_distributed() and invocation_args_dict.which in ('build', 'run') %}
        {% set revisions = adapter.get_relation(target.database, 'staging', 'int_measure_revisions') %}
        {% if target.name == 'warehouse' and revisions is not none and not is_distributed_table(revisions) %}
            {{ exceptions.raise_compiler_error(
                'The marts were built before raw.measures was distributed. Run: warehouse build -- --full-refresh'
            ) }}
        {% endif %}
        grant usage on schema {{ generate_schema_name('staging', {'resource_type': 'model'}) }} to warehouse_analyst
    {% endif %}
{% endmacro %}
