-- A row is a finding of one UTC date, as the panel shows it.
select business_id, slice, metric, code, severity, figure, since, times
from clarity_findings
where date = $date
order by all
