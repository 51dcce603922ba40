-- A row is one host of one business on one UTC date, over all its pages and devices: where a site's visitors land.
select
    business_id,
    date,
    split_part(url, '/', 3) as host,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_device'
group by all
