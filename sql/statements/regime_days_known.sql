-- A row is one business and a lane that regime events are told from, with on how many dates from $since on it is loaded as it was
-- meant.
select business_id, slice, count(*) as days
from clarity_lane_loads
where
    slice in ('url_device', 'url_country') and date >= $since
    and (slice = 'url_device' or coalesce(asked, 'url,country') = 'url,country')
    and business_id in (select unnest($business_ids))
group by all
