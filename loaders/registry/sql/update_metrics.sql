select ledger.set_metric(%(metric)s, %(unit)s, %(aggregation)s, %(actual_metric)s)
