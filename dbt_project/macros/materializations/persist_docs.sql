{#
    Write the descriptions of a relation and its columns as comments where they differ. A build with nothing new locks nothing.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {% set described = {} %}
    {% if for_relation and config.persist_relation_docs() and model.description %}
        {% do described.update({'': model.description | trim}) %}
    {% endif %}
    {% if for_columns and config.persist_column_docs() %}
        {% for name, column in model.columns.items() if column.description %}
            {% do described.update({name: column.description | trim}) %}
        {% endfor %}
    {% endif %}
    {% if described %}
        {% set present = comments_of(relation) %}
        {% set statements = [] %}
        {% for name, text in described.items() if name in present and present[name] != text %}
            {% set column = relation ~ '.' ~ adapter.quote(name) %}
            {% set object = 'column ' ~ column if name else relation.type ~ ' ' ~ relation %}
            {% do statements.append('comment on ' ~ object ~ ' is ' ~ postgres_escape_comment(text)) %}
        {% endfor %}
        {% if statements %}
            {% do run_query(statements | join(';\n')) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{# The comments of a relation and its columns by column name. The relation itself has the empty name. #}
{% macro comments_of(relation) %}
    {% set query %}
        select '' as name, obj_description('{{ relation }}'::regclass, 'pg_class') as comment
        union all
        select attname, col_description(attrelid, attnum)
        from pg_attribute
        where attrelid = '{{ relation }}'::regclass and attnum > 0 and not attisdropped
    {% endset %}
    {% set comments = {} %}
    {% for row in run_query(query).rows %}
        {% do comments.update({row['name']: row['comment']}) %}
    {% endfor %}
    {{ return(comments) }}
{% endmacro %}
