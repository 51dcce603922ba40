-- A row is one kind of device of one business on one UTC date, over all pages.
select
    business_id,
    date,
    device,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_device'
group by all
