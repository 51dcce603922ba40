-- A row is one business-day from $since on whose url_device lane is loaded, with its human sessions by host; no session at all is 0,
-- not no data.
-- pages_per_session is by visit of a page, so it is no session's: it is held against that of other days alone.
with by_day as (
    select business_id, date, list({'host': host, 'sessions': sessions} order by host) filter (sessions > 0) as hosts
    from host_day
    where business_id in (select unnest($business_ids)) and date >= $since
    group by all
),
by_page as (
    select
        business_id,
        date,
        sum(pages_per_session * sessions) / nullif(sum(sessions) filter (pages_per_session is not null), 0) as pages_per_session
    from url_day
    where business_id in (select unnest($business_ids)) and date >= $since
    group by all
)
select
    loads.business_id,
    loads.date,
    coalesce(days.sessions, 0) as sessions,
    coalesce(days.bot_sessions, 0) as bot_sessions,
    by_page.pages_per_session,
    coalesce(by_day.hosts, []) as hosts
from clarity_lane_loads as loads
left join (from business_day where date >= $since) as days using (business_id, date)
left join by_day using (business_id, date)
left join by_page using (business_id, date)
where loads.slice = 'url_device' and loads.business_id in (select unnest($business_ids)) and loads.date >= $since
order by loads.business_id, loads.date
