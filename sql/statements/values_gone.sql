-- A row is one combination of values that lanes of the replaced file (`before`) had and the rebuilt file has no more, with the rows
-- that it stood in. Lanes that the rebuilt file lacks are left out.
select
    business_id, slice, dimension_hash, url, device, country, source, medium, campaign, channel, browser, os, count(*) as rows
from before.clarity_daily_metrics
anti join clarity_daily_metrics using (business_id, date, slice, dimension_hash)
semi join clarity_lane_loads using (business_id, date, slice)
group by all
order by all
