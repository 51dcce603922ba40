-- A row is one page of one business on one UTC date, over all devices.
select
    business_id,
    date,
    url,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_device'
group by all
