select
    loads.load_id,
    loads.uri,
    loads.loaded_at,
    'load ' || loads.load_id || ' (' || loads.uri || ') is pending' as finding
from raw.loads as loads
where loads.status = 'pending' and loads.loaded_at < now() - interval '1 day'
order by loads.load_id
