insert into raw.metrics (metric, unit, aggregation, actual_metric)
values (%(metric)s, %(unit)s, %(aggregation)s, %(actual_metric)s)
