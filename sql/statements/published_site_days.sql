-- A row is the whole site of one business on one UTC date as the panel shows it, each session once; only of dates with totals. A day
-- whose totals are loaded and empty is a day without visits: its counts are 0.
select
    loads.business_id,
    loads.date,
    coalesce(days.sessions, 0) as sessions,
    coalesce(days.bot_sessions, 0) as bot_sessions,
    -- generated: served_measures
    if(days.date is null, 0, days.distinct_users) as distinct_users,
    days.pages_per_session,
    days.scroll_depth,
    days.engagement_time_ms,
    if(days.date is null, 0, days.dead_clicks) as dead_clicks,
    if(days.date is null, 0, days.rage_clicks) as rage_clicks,
    if(days.date is null, 0, days.excessive_scroll) as excessive_scroll,
    if(days.date is null, 0, days.quick_backs) as quick_backs,
    if(days.date is null, 0, days.script_errors) as script_errors,
    if(days.date is null, 0, days.error_clicks) as error_clicks,
    -- end of what is generated
    days.quality,
    loads.coverage,
    coalesce(days.truncated, false) as truncated,
    loads.window_start,
    loads.window_end,
    loads.loaded_at
from clarity_lane_loads as loads
left join site_day as days using (business_id, date)
where loads.slice = 'totals'
