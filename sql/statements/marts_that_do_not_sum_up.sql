-- A row is a mart, business and date whose sessions are not those of the rows of its lane; of the marts that every row is in.
select sums.mart || ' ' || business_id || ' ' || date as day
from (
    select slice, business_id, date, sum(sessions) as sessions
    from clarity_daily_metrics
    group by all
) as rows
full join (
    select 'business_day' as mart, 'url_device' as slice, business_id, date, sum(sessions) as sessions from business_day group by all
    union all by name
    select 'device_day' as mart, 'url_device' as slice, business_id, date, sum(sessions) as sessions from device_day group by all
    union all by name
    select 'source_day' as mart, 'url_source' as slice, business_id, date, sum(sessions) as sessions from source_day group by all
    union all by name
    select 'country_day' as mart, 'url_country' as slice, business_id, date, sum(sessions) as sessions from country_day group by all
    union all by name
    select 'campaign_day' as mart, 'url_campaign_channel' as slice, business_id, date, sum(sessions) as sessions from campaign_day group by all
) as sums using (slice, business_id, date)
where rows.sessions is distinct from sums.sessions and (sums.mart is not null or slice in ('url_device', 'url_source', 'url_country', 'url_campaign_channel'))
order by all
