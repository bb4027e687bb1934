select max(load_id) as load_id
from raw.loads
where
    uri = %(uri)s
    and status <> 'withdrawn'
