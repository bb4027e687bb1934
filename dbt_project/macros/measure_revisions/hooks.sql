{# Hooks of int_measure_revisions and int_flagged_revisions. All but the vacuum run in the transaction of the model. #}

{#
    The planner cannot know how few rows a build changes: its estimate grows with the warehouse, and a hash join makes as many
    files as the estimate asks for. Sorts use only what they need.
#}
{% macro disable_hash_joins_on_incremental() %}
    {% if is_incremental() and not is_large_change() %}
        set local enable_hashjoin = off
    {% endif %}
{% endmacro %}


{#
    The list of the loads that this build shows, taken once: what int_measure_revisions computes reads it, and not the ledger.
    After record_changed_keys, which compares the list of the last build.
#}
{% macro list_loads_to_apply() %}
    delete from {{ ref('int_loads_applied') }} as applied
    where not exists (select from {{ ref('int_loads_to_apply') }} as loads where loads.load_id = applied.load_id);
    insert into {{ ref('int_loads_applied') }} (load_id)
    select loads.load_id
    from {{ ref('int_loads_to_apply') }} as loads
    where not exists (select from {{ ref('int_loads_applied') }} as applied where applied.load_id = loads.load_id)
{% endmacro %}


{#
    The key serves as-of probes and the chain; the partial index answers `latest` without touching the table. Their pages are full:
    later loads change few of them, and a page that is split once has room then.
#}
{% macro index_measure_revisions() %}
    {% if not is_incremental() %}
        do $index$
        begin
            -- Citus sends the text of a whole query to the nodes, so each statement is a query of its own.
            alter table {{ this }} add primary key (series_id, interval_start, collected_at) with (fillfactor = 100);
            create index on {{ this }} (series_id, interval_start)
            include (value, collected_at, load_id, first_collected_at) with (fillfactor = 100) where known_to is null;
            create index on {{ this }} using brin (collected_at);
        end
        $index$;
    {% endif %}
    {% if not is_incremental() or is_large_change() %}
        analyze {{ this }}
    {% endif %}
{% endmacro %}


{# Index-only reads of a new table need a vacuum first. Later changes are few. #}
{% macro vacuum_measure_revisions() %}
    {% if not is_incremental() %}
        vacuum {{ this }}
    {% endif %}
{% endmacro %}


{% macro index_flagged_revisions() %}
    {% if not is_incremental() %}
        create unique index on {{ this }} (series_id, interval_start, collected_at)
    {% endif %}
{% endmacro %}
