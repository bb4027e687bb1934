select
    (select max(version) from raw.schema_versions) as schema_version,
    (select count(*) from raw.loads) as loads,
    (select count(*) from raw.load_events) as load_events,
    (select count(*) from raw.measures) as measures,
    (select count(*) from raw.series) as series
