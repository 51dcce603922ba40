-- A row is a lane of a business that is loaded on a date from $changed_on on, and on none of those from $from_date to there.
select slice
from clarity_lane_loads
where business_id = $business_id and date >= $from_date
group by slice
having min(date) >= $changed_on
