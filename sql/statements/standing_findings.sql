-- A row is a finding that stands: on the newest loaded date of its lane, where that is not before $from_date.
select findings.*
from clarity_findings as findings
join (
    select business_id, slice, max(date) as date
    from clarity_lane_loads
    where date >= $from_date
    group by business_id, slice
) as newest using (business_id, slice, date)
where findings.date >= $from_date
order by all
