-- Moves aside what was known of one lane until $loaded_at.
insert into clarity_daily_metrics_history by name
select *, $loaded_at as superseded_at
from clarity_daily_metrics
where business_id = $business_id and date = $date and slice = $slice
