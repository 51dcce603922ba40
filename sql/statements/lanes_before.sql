-- A row is whether any of the lanes $slices of a business is loaded on a date before $from_date.
select exists (
    from clarity_lane_loads
    where business_id = $business_id and date < $from_date and slice in (select unnest($slices))
) as found
