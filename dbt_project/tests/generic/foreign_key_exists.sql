{#
    Every distinct id exists in the other relation. Steps from id to id along the index whose first column it is; the nodes of a distributed
    table each list theirs.
#}
{% test foreign_key_exists(model, column_name, to, field) %}
    {%- if is_distributed() %}
    with ids as (
        select distinct {{ column_name }} as id from {{ model }}
    )
    {%- else %}
    with recursive ids as (
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
    )
    {%- endif %}

    select ids.id
    from ids
    where
        ids.id is not null
        and not exists (select from {{ to }} as parents where parents.{{ field }} = ids.id)
{% endtest %}
