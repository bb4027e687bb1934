{#
    Builds take turns. A build of the loaders holds BUILD_LOCK (loaders/database/advisory_locks.py) from its start to its end and
    sets warehouse.holds_build_lock in its sessions. dbt from the shell cannot hold a lock between two statements, so it waits here
    for the build that runs, and each of its nodes that changes rows takes a turn of its own.
#}
{% macro wait_for_running_build() %}
    {% if execute and invocation_args_dict.which in ('build', 'run', 'seed', 'snapshot') %}
        do $wait$
        begin
            if current_setting('warehouse.holds_build_lock', true) is distinct from 'on' then
                perform pg_advisory_lock(7203461906);
                perform pg_advisory_unlock(7203461906);
            end if;
        end
        $wait$
    {% endif %}
{% endmacro %}


{# For one node, until its transaction ends. #}
{% macro take_turn() %}
    select pg_advisory_xact_lock(7306, hashtext('{{ this.schema }}.{{ this.identifier }}'))
{% endmacro %}
