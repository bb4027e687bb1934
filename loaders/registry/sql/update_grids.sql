select ledger.set_grid_time_zone(%(grid)s, %(time_zone)s)
