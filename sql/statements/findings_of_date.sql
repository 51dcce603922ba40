-- A row is a finding of some businesses on one UTC date.
select *
from clarity_findings
where date = $date and business_id in (select unnest($business_ids))
order by all
