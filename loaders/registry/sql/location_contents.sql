-- How much a location has in it, and how often something was moved out of it, under any name that it ever had.
with former_names as (
    select old_names[cardinality(old_names)] as location_name
    from raw.registry_events
    where kind = %(kind)s and id = %(id)s and old_names is not null
    union
    select grid_name as location_name
    from raw.grids
    where %(kind)s = 'grid' and grid_id = %(id)s
    union
    select region_name as location_name
    from raw.regions
    where %(kind)s = 'region' and region_id = %(id)s
),

moved_out as (
    select events.event_id
    from raw.registry_events as events
    inner join
        former_names
        on events.old_names[case %(kind)s when 'grid' then 1 when 'region' then 2 end] = former_names.location_name
    where events.change = 'moved' and events.kind <> %(kind)s
),

contents as (
    select region_id as id
    from raw.regions
    where %(kind)s = 'grid' and grid_id = %(id)s
    union all
    select node_id as id
    from raw.nodes
    where %(kind)s = 'region' and region_id = %(id)s
    union all
    select series_id as id
    from raw.series
    where %(kind)s = 'node' and node_id = %(id)s
)

select
    (select count(*) from contents) as present,
    (select count(*) from moved_out) as former
