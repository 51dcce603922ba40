-- A row is one country of one business on one UTC date, over all pages.
select
    business_id,
    date,
    country,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_country'
group by all
