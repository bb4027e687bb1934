{#
    Drop relations that an earlier version of this project built under another name. One that another view still reads, or that
    somebody is reading now, is dropped by a later build.
#}
{% macro drop_renamed_relations() %}
    {% set former_names = [
        'int_intervals', 'int_series_hours', 'int_grid_cutoffs', 'int_actual_series', 'int_quality_flags'
    ] %}
    {% if execute and target.name == 'warehouse' and invocation_args_dict.which in ('build', 'run') %}
        do $drop$
        declare
            former_name text;
        begin
            set local lock_timeout = '200ms';
            for former_name in
                select views.viewname
                from pg_views as views
                where views.schemaname = 'staging' and views.viewname in ('{{ former_names | join("', '") }}')
            loop
                begin
                    execute format('drop view staging.%I', former_name);
                exception when dependent_objects_still_exist or lock_not_available then
                    raise notice 'staging.% is still in use', former_name;
                end;
            end loop;
        end
        $drop$
    {% endif %}
{% endmacro %}
