-- A row is a tuple of the lane that is more than once under its key (business_id, date, dimension_hash), in any lane.
select dimension_hash
from clarity_daily_metrics
where business_id = $business_id and date = $date
group by dimension_hash
having count(*) > 1 and bool_or(slice = $slice)
order by dimension_hash
