-- A hash of the registry, of which the hierarchy in the marts is made.
select md5(
    concat_ws(
        '|',
        (select max(event_id) from raw.registry_events),
        (select bit_xor(hashtextextended(grids::text, 1)) from raw.grids),
        (select bit_xor(hashtextextended(regions::text, 2)) from raw.regions),
        (select bit_xor(hashtextextended(nodes::text, 3)) from raw.nodes),
        (select bit_xor(hashtextextended(metrics::text, 4)) from raw.metrics),
        (select bit_xor(hashtextextended(series::text, 5)) from raw.series)
    )
)
