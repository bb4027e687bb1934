{# Hooks of int_measure_revisions; all but the last run in its transaction. #}

{#
    How few rows a build changes is not known when it is planned: the guess grows with the warehouse, and a hash join makes as
    many files as the guess asks for. Sorts take what there is.
#}
{% macro plan_for_few_changes() %}
    {% if is_incremental() %}
        set local enable_hashjoin = off
    {% endif %}
{% endmacro %}



{% macro record_applied_loads() %}
    delete from {{ ref('int_loads_applied') }} as applied
    where not exists (
        select from {{ ref('stg_loads') }} as loads where loads.load_id = applied.load_id and loads.is_accepted
    );
    insert into {{ ref('int_loads_applied') }} (load_id)
    select loads.load_id
    from {{ ref('stg_loads') }} as loads
    where
        loads.is_accepted
        and not exists (select from {{ ref('int_loads_applied') }} as applied where applied.load_id = loads.load_id)
{% endmacro %}

{# The key serves as-of probes and the chain; the partial index answers `latest` without touching the table. #}
{% macro index_measure_revisions() %}
    {% if not is_incremental() %}
        alter table {{ this }} add primary key (series_id, interval_start, collected_at);
        create index on {{ this }} (series_id, interval_start)
        include (value, collected_at, load_id, first_collected_at) where known_to is null;
        create index on {{ this }} using brin (collected_at);
        analyze {{ this }}
    {% endif %}
{% endmacro %}


{# A fresh table is read through its indexes alone only when a vacuum has seen it; later changes are few. #}
{% macro vacuum_measure_revisions() %}
    {% if not is_incremental() %}
        vacuum {{ this }}
    {% endif %}
{% endmacro %}
