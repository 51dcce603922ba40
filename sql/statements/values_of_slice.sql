-- A row is one combination of values that a business has in a slice, on whatever date.
select distinct dimension_hash, url, device, country, source, medium, campaign, channel, browser, os
from clarity_daily_metrics
where business_id = $business_id and slice = $slice
