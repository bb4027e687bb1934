{#
    Remove the rows of locations that were deleted from raw; the build itself only adds and changes rows. One that
    `contained` still names was deleted during this build. The next build removes it.
#}
{% macro remove_deleted_locations(key, locations, contained=none) %}
    {% if execute and is_incremental() %}
        delete from {{ this }} as deleted
        where
            not exists (select from {{ locations }} as locations where locations.{{ key }} = deleted.{{ key }})
            {% if contained is not none %}
            and not exists (select from {{ contained }} as contained where contained.{{ key }} = deleted.{{ key }})
            {% endif %}
    {% endif %}
{% endmacro %}
