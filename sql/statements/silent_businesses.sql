-- A row is one business whose latest loaded dates, from silent_from to silent_to, have no human session: Clarity answered each time,
-- and what it counted was nobody, or bots alone. last_session_on is NULL where there never was one.
with days as (
    select
        loads.business_id,
        loads.date,
        coalesce(any_value(day.sessions), 0) as sessions,
        coalesce(any_value(day.bot_sessions), 0) as bot_sessions
    from clarity_lane_loads as loads
    left join business_day as day using (business_id, date)
    where loads.slice = 'url_device'
    group by all
),
last_sessions as (
    select business_id, max(date) filter (sessions > 0) as last_session_on
    from days
    group by all
)
select
    days.business_id,
    last_sessions.last_session_on,
    min(days.date) as silent_from,
    max(days.date) as silent_to,
    count(*) as silent_days,
    sum(days.bot_sessions)::bigint as bot_sessions
from days
join last_sessions using (business_id)
where last_sessions.last_session_on is null or days.date > last_sessions.last_session_on
group by all
order by days.business_id
