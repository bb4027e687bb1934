-- The rows of one delivery that match a series; dropped with its transaction.
create temporary table incoming (
    series_id integer,
    interval_start timestamptz,
    collected_at timestamptz,
    value double precision,
    row_number bigint
) on commit drop
