-- A row is one business over the dates from_date to to_date, both included; always one row, all NULL without data.
create or replace macro business_behavioral_aggregates(business, from_date, to_date) as table
select
    -- include macros/behavioral_measures
from clarity_daily_metrics
where slice = 'url_device' and business_id = business and date between from_date and to_date
