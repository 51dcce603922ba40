-- A row is one of the asked businesses over the dates $from_date to $to_date, both included; all NULL for one without data.
select
    asked.business_id,
    -- include macros/behavioral_measures
from (select distinct unnest($business_ids::varchar[]) as business_id) as asked
left join clarity_daily_metrics as metrics
    on metrics.business_id = asked.business_id and metrics.slice = 'url_device' and metrics.date between $from_date and $to_date
group by asked.business_id
