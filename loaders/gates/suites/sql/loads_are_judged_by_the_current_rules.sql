-- Loads whose newest results are not those of the rules as they are now.
select
    outdated.load_id,
    loads.uri,
    outdated.rules,
    'load ' || outdated.load_id || ' (' || loads.uri || ') was not judged by the current ' || outdated.rules as finding
from outdated_results as outdated
inner join raw.loads as loads on outdated.load_id = loads.load_id
order by outdated.load_id desc
