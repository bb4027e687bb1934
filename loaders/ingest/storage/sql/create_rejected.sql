-- The rows of one delivery that are rejected; dropped with its transaction.
create temporary table rejected (
    row_number bigint,
    reason text,
    payload text
) on commit drop
