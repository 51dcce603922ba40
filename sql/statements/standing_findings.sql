-- A row is a finding that stands: on the newest loaded date of its lane, where that is not before $from_date. That a step failed
-- stands until it went well, whether or not its lane was ever loaded.
select findings.*
from clarity_findings as findings
left join (
    select business_id, slice, max(date) as newest
    from clarity_lane_loads
    where date >= $from_date
    group by business_id, slice
) as lanes using (business_id, slice)
where findings.date >= $from_date and (findings.date = lanes.newest or findings.code = 'step_failed')
order by all
