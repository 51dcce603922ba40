-- A row is one business on the last UTC date that it has data for.
create or replace view latest_business_day as
select * from business_day
qualify date = max(date) over (partition by business_id)
order by business_id
