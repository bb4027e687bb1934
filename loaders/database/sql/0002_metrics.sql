-- The metrics that the shipped sources speak of. `python -m loaders register` adds others.
insert into raw.metrics (metric, unit, aggregation, actual_metric) values
    ('power', 'kW', 'sum', null),
    ('load', 'MW', 'sum', null),
    ('load_forecast', 'MW', 'sum', 'load'),
    ('price', 'USD/MWh', 'mean', null)
on conflict do nothing;
