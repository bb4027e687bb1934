insert into raw.grids (grid_name, time_zone)
values (%(grid)s, %(time_zone)s)
