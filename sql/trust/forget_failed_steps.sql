-- Forgets that steps ended unexpectedly: of a lane, or with NULL for date and slice of all of a business; what they said is in
-- metric, and NULL is whatever it was. Gives their dates.
delete from clarity_findings
where
    business_id = $business_id and code = $code
    and ($date::date is null or date = $date) and ($slice::varchar is null or slice = $slice)
    and ($metric::varchar is null or metric = $metric)
returning date
