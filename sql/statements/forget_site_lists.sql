-- Forgets the lists that came with the answer of one lane.
delete from clarity_site_lists
where business_id = $business_id and date = $date and slice = $slice
