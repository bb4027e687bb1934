-- Up to when the loads of a pull reach: the end of their values, or their newest publication where they reach into the
-- future. Loads that were withdrawn do not count: what they brought is fetched again.
select least(max(interval_to), max(collected_to)) as reached
from raw.loads
where starts_with(uri, %(uri_start)s) and source = %(source)s and status <> 'withdrawn'
