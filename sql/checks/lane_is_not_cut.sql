-- A row is the lane: whether a metric of its answer was at the cap, and how many raw tuples are behind it.
select coalesce(bool_or(truncated), false) as truncated, coalesce(sum(rows_merged), 0)::bigint as raw_tuples
from clarity_daily_metrics
where business_id = $business_id and date = $date and slice = $slice
