{#
    Remove the rows of locations that were deleted from raw; the build itself only adds and changes rows. One that
    `contained` still names was deleted during this build. The next build removes it.
#}
{% macro remove_deleted_locations(key, locations, contained=none) %}
    {% if execute and is_incremental() %}
        do $remove$
        declare
            -- As values: Citus deletes from a copy on every node only with rights on what else the statement reads.
            present constant integer[] := array(
                select locations.{{ key }} from {{ locations }} as locations
                {% if contained is not none %}
                union
                select contained.{{ key }} from {{ contained }} as contained
                {% endif %}
            );
        begin
            delete from {{ this }} as deleted where deleted.{{ key }} <> all(present);
        end
        $remove$
    {% endif %}
{% endmacro %}
