-- A row is one business on one UTC date, each session counted once: what Clarity says of the whole site, without dimensions. Only of
-- businesses that opted in to the totals.
select
    business_id,
    date,
    -- include marts/measures
from clarity_daily_metrics
where slice = 'totals'
group by all
