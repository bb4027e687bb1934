-- Load less wind and solar: CAISO's outlook and ISO New England's system forecast give both.
insert into raw.metrics (metric, unit, aggregation, actual_metric) values
    ('net_load', 'MW', 'sum', null),
    ('net_load_forecast', 'MW', 'sum', 'net_load')
on conflict do nothing;
