-- Forgets the rows of one lane.
delete from clarity_daily_metrics
where business_id = $business_id and date = $date and slice = $slice
