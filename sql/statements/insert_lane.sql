-- Loads the Arrow table `lane`; every column is named, so that a missing one is an error and never a silent NULL.
insert into clarity_daily_metrics by name
select
    loaded_at,
    -- generated: lane_columns
    business_id, date, slice, dimension_hash, url, device, country, source, medium, campaign, channel, browser,
    os, sessions, bot_sessions, distinct_users, pages_per_session, scroll_depth, engagement_time_ms,
    total_time_ms, dead_clicks, rage_clicks, excessive_scroll, quick_backs, script_errors, error_clicks,
    dead_click_sessions, rage_click_sessions, excessive_scroll_sessions, quick_back_sessions,
    script_error_sessions, error_click_sessions, raw_payload, window_start, window_end, fetched_at, quality,
    coverage, truncated, rows_merged
    -- end of what is generated
from lane
