-- A row is one business on one UTC date as the panel shows it. A day whose lane is loaded and empty is a day without visits: its
-- counts are 0, where a day that was never loaded has no row.
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
    devices.devices,
    days.quality,
    loads.coverage,
    coalesce(days.truncated, false) as truncated,
    loads.window_start,
    loads.window_end,
    loads.loaded_at
from clarity_lane_loads as loads
left join business_day as days using (business_id, date)
left join (
    select business_id, date, list({'device': device, 'sessions': sessions} order by sessions desc, device) as devices
    from device_day
    group by business_id, date
) as devices using (business_id, date)
where loads.slice = 'url_device'
