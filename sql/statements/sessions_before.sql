-- A row is one of the seven dates before a date on which the lane has rows of an answer of its own, with its human sessions.
select date, sum(sessions) as sessions
from clarity_daily_metrics
where business_id = $business_id
    and slice = $slice
    and date between $date - 7 and $date - 1
    and quality <> 'recovered'
group by date
having sum(sessions) is not null
order by date
