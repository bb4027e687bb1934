{#
    Tables with the config `partitioned_like: raw.measures` are partitioned by range as that table is, and get each partition
    that it has. A partition is made aside and then attached, which no reader waits for.
#}
{% macro postgres__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- set pattern = config.get('partitioned_like') -%}
    {%- set column = config.get('distributed_by') if is_distributed() else none -%}
    {%- if temporary or not (pattern or column) -%}
        {{ default__get_create_table_as_sql(temporary, relation, sql) }}
        {{ distribute(relation, none) ~ ';' if is_distributed() and not temporary }}
    {%- else -%}
        create table {{ relation }} (like {{ shape_of_query(sql) }}) {{ 'partition by ' ~ partition_key_of(pattern) if pattern }};
        drop view shape;
        {{ add_partitions(relation, pattern, none) if pattern }}
        {{ distribute(relation, column) ~ ';' if column }}
        insert into {{ relation }} {{ sql }};
    {%- endif -%}
{%- endmacro %}


{# A temporary view with the columns of a query, to be dropped again. #}
{% macro shape_of_query(sql) %}
    {% do run_query('create temporary view shape as ' ~ sql) %}
    {{ return('shape') }}
{% endmacro %}


{% macro partition_key_of(pattern) %}
    {{ return(run_query("select pg_get_partkeydef('" ~ pattern ~ "'::regclass)").columns[0].values()[0]) }}
{% endmacro %}


{# Statements that give `relation` the partitions which `pattern` has and it does not; `existing` is none for a new table. #}
{% macro add_partitions(relation, pattern, existing) %}
    {% set lacking %}
        select
            right(theirs.relname, 7) as suffix,
            pg_get_expr(theirs.relpartbound, theirs.oid) as bounds
        from pg_inherits
        inner join pg_class as theirs on pg_inherits.inhrelid = theirs.oid
        where
            pg_inherits.inhparent = '{{ pattern }}'::regclass
            {% if existing %}
                and pg_get_expr(theirs.relpartbound, theirs.oid) not in (
                    select pg_get_expr(ours.relpartbound, ours.oid)
                    from pg_inherits as links
                    inner join pg_class as ours on links.inhrelid = ours.oid
                    where links.inhparent = '{{ existing }}'::regclass
                )
            {% endif %}
        order by suffix
    {% endset %}
    {# A full refresh makes new partitions while the old ones are still there: the run's own mark tells them apart. #}
    {% set mark = local_md5(invocation_id)[:6] %}
    {% for row in run_query(lacking).rows %}
        {% set partition = relation.incorporate(path={'identifier': model.name ~ '_' ~ row['suffix'] ~ '_' ~ mark}) %}
        do $add_partition$
        begin
            -- Citus sends the text of a whole query to the nodes, so each statement is a query of its own.
            create table {{ partition }} (like {{ relation }} including all);
            alter table {{ relation }} attach partition {{ partition }} {{ row['bounds'] }};
        end
        $add_partition$;
    {% endfor %}
{% endmacro %}
