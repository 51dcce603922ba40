-- A row is one page of one business over the dates from_date to to_date, both included; NULL is what Clarity gave no page.
create or replace macro url_behavioral_aggregates(business, from_date, to_date) as table
select
    url,
    -- include macros/behavioral_measures
from clarity_daily_metrics
where slice = 'url_device' and business_id = business and date between from_date and to_date
group by url
