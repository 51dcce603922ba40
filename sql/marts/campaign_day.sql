-- A row is one campaign and channel of one business on one UTC date, over all pages.
select
    business_id,
    date,
    campaign,
    channel,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'url_campaign_channel'
group by all
