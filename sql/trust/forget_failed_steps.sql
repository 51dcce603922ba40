-- Forgets that steps ended unexpectedly: of a lane, or with NULL for date and slice of all of a business. Gives their dates.
delete from clarity_findings
where
    business_id = $business_id and code = $code
    and ($date::date is null or date = $date) and ($slice::varchar is null or slice = $slice)
returning date
