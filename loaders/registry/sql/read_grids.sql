select time_zone
from raw.grids
where grid_name = %(grid)s
