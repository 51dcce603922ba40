-- A row is one business on one UTC date: all rows of its url_device lane. A session counts once in every page it visited.
select
    business_id,
    date,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_device'
group by all
