-- A row is one cell of one lane of a business: a page (of the busiest of the span; NULL stands for all others) and a device, source,
-- country, or campaign and channel (of the most frequent; NULL for all others), with the days since $from_date on which it had
-- visits, and for each of them the visits and those with each signal.
with told as (
    select
        business_id,
        slice,
        (date - $from_date)::integer as day,
        url,
        case slice
            when 'url_device' then device
            when 'url_source' then source
            when 'url_country' then country
            else concat_ws(' / ', campaign, channel)
        end as value,
        sessions,
        greatest(0, least(coalesce(columns(lambda name: name like '%\_sessions' escape '\' and name <> 'bot_sessions'), 0), sessions))
    from clarity_daily_metrics
    where
        business_id in (select unnest($business_ids)) and date between $from_date and $to_date
        and slice in (select unnest($slices)) and url is not null and sessions > 0
),
page_days as (
    select business_id, url, day, sum(sessions) as sessions
    from told
    where slice = 'url_device'
    group by all
),
busiest as (
    select business_id, url, row_number() over (partition by business_id order by max(sessions) desc, url) as place
    from page_days
    group by business_id, url
),
frequent as (
    select business_id, slice, value, row_number() over (partition by business_id, slice order by sum(sessions) desc, value) as place
    from told
    group by business_id, slice, value
),
cells as (
    select
        told.business_id,
        told.slice,
        if(busiest.place <= if(told.slice = 'url_device', $pages, $pages_beside), told.url, null) as url,
        if(frequent.place <= $values, told.value, null) as value,
        day,
        sum(columns('^.*sessions$'))::integer
    from told
    left join busiest on busiest.business_id = told.business_id and busiest.url = told.url
    left join frequent
        on frequent.business_id = told.business_id and frequent.slice = told.slice and frequent.value is not distinct from told.value
    group by all
)
select business_id, slice, url, value, list(day order by day) as day, list(columns('^.*sessions$') order by day)
from cells
group by all
order by business_id, slice, url, value
