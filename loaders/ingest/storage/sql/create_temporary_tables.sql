-- The tables of one delivery; they are dropped with its transaction.
create temporary table incoming (
    series_id integer,
    interval_start timestamptz,
    collected_at timestamptz,
    value double precision,
    row_number bigint
) on commit drop;

create temporary table rejected (
    row_number bigint,
    reason text,
    payload text
) on commit drop;
