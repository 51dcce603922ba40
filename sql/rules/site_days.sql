-- A row is one business on one UTC date of which the totals are loaded: each session once.
select
    business_id,
    date,
    quality,
    truncated,
    null as covered_share,
    loaded_at as known_from,
    null as known_until,
    left_out,
    -- generated: site_rule_measures
    sessions,
    sessions + coalesce(bot_sessions, 0) as visits,
    bot_sessions,
    dead_clicks,
    rage_clicks,
    excessive_scroll,
    quick_backs,
    script_errors,
    error_clicks,
    dead_click_sessions,
    rage_click_sessions,
    excessive_scroll_sessions,
    quick_back_sessions,
    script_error_sessions,
    error_click_sessions,
    distinct_users,
    if(sessions = 0, 0, scroll_depth * scroll_depth_sessions) as scroll_depth_sum,
    if(sessions = 0, 0, scroll_depth_sessions) as scroll_depth_sessions,
    if(sessions = 0, 0, engagement_time_ms * engagement_time_sessions) as engagement_time_sum,
    if(sessions = 0, 0, engagement_time_sessions) as engagement_time_sessions,
    if(sessions = 0, 0, pages_per_session * pages_per_session_sessions) as pages_per_session_sum,
    if(sessions = 0, 0, pages_per_session_sessions) as pages_per_session_sessions,
    if(sessions = 0, 0, total_time_ms * total_time_sessions) as total_time_sum,
    if(sessions = 0, 0, total_time_sessions) as total_time_sessions
    -- end of what is generated
from site_day
where business_id in (select unnest($business_ids)) and date between $from_date and $to_date
order by business_id, date
