-- A row is one lane that is loaded: since when its rows stand as they are, and whether they are recovered.
select loaded_at, subtracted_sha256 is not null as is_recovered
from clarity_lane_loads
where business_id = $business_id and date = $date and slice = $slice
