{# Remove the rows of locations that were deleted from raw; the build itself only adds and changes rows. #}
{% macro remove_deleted_locations(key, locations) %}
    {% if execute and is_incremental() %}
        delete from {{ this }} where {{ key }} not in (select {{ key }} from {{ locations }})
    {% endif %}
{% endmacro %}
