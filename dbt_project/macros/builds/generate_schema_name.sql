{#
    The published target has plain schema names: staging and marts. Every other target has schemas of its own, so that a build of
    it cannot touch the published ones. The target refresh is what a full refresh builds into before it replaces the published
    schemas; snapshots are history that cannot be built again, so there is only one of each.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = (custom_schema_name or target.schema) | trim -%}
    {%- if target.name == 'warehouse' or (target.name == 'refresh' and node.resource_type == 'snapshot') -%}
        {{ name }}
    {%- else -%}
        {{ target.schema }}_{{ name }}
    {%- endif -%}
{%- endmacro %}
