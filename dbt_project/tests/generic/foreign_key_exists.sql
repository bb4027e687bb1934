{#
    Every distinct id exists in the other relation. Steps from id to id along the index whose first column it is; the nodes of a distributed
    table each list theirs.
#}
{% test foreign_key_exists(model, column_name, to, field) %}
    with {{ '' if is_distributed() else 'recursive' }} ids as (
        {% if is_distributed() %}
        select distinct {{ column_name }} as id from {{ model }}
        {% else %}
        (select {{ column_name }} as id from {{ model }} order by {{ column_name }} limit 1)
        union all
        select (
            select {{ column_name }}
            from {{ model }}
            where {{ column_name }} > ids.id
            order by {{ column_name }}
            limit 1
        )
        from ids
        where ids.id is not null
        {% endif %}
    )

    select ids.id
    from ids
    where
        ids.id is not null
        and not exists (select from {{ to }} as parents where parents.{{ field }} = ids.id)
{% endtest %}
