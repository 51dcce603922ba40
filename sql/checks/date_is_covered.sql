-- A row is the lane's load: the share of its UTC date that the window overlaps; no row when the lane is not loaded.
select coverage
from clarity_lane_loads
where business_id = $business_id and date = $date and slice = $slice
