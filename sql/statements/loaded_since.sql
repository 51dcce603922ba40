-- A row is one lane that is loaded: since when its rows stand as they are.
select loaded_at
from clarity_lane_loads
where business_id = $business_id and date = $date and slice = $slice
