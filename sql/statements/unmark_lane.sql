-- Forgets that one lane was loaded.
delete from clarity_lane_loads
where business_id = $business_id and date = $date and slice = $slice
