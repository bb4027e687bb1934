-- How many of the new rows of some loads broke each rule.
select
    flagged_rows.load_id,
    series.metric,
    flagged_rows.rule,
    count(*) as row_count
from raw.flagged_rows
inner join raw.series on flagged_rows.series_id = series.series_id
where flagged_rows.load_id = any(%(load_ids)s) and flagged_rows.is_new
group by flagged_rows.load_id, series.metric, flagged_rows.rule
