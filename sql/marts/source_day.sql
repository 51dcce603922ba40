-- A row is one traffic source of one business on one UTC date, over all pages; NULL is direct traffic.
select
    business_id,
    date,
    source,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_source'
group by all
