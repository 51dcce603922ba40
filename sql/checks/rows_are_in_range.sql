-- A row is a tuple of the lane that holds an impossible value. NaN counts as greater than any number, so it is found too.
-- A friction metric's sessions may be one off Traffic's in each raw tuple (187 against 188 was captured), hence rows_merged.
-- In a lane that was cut each metric kept its own thousand tuples, so there they are not held against each other.
select dimension_hash
from clarity_daily_metrics
where
    business_id = $business_id and date = $date and slice = $slice
    and (
        coverage not between 0 and 1
        or (
            -- generated: impossible_values
            sessions < 0
            or bot_sessions < 0
            or distinct_users < 0
            or pages_per_session < 0 or not isfinite(pages_per_session)
            or scroll_depth not between 0 and 100
            or engagement_time_ms < 0
            or total_time_ms < 0
            or dead_clicks < 0
            or rage_clicks < 0
            or excessive_scroll < 0
            or quick_backs < 0
            or script_errors < 0
            or error_clicks < 0
            or dead_click_sessions not between 0 and coalesce(sessions + if(truncated, dead_click_sessions, rows_merged), dead_click_sessions)
            or rage_click_sessions not between 0 and coalesce(sessions + if(truncated, rage_click_sessions, rows_merged), rage_click_sessions)
            or excessive_scroll_sessions not between 0 and coalesce(sessions + if(truncated, excessive_scroll_sessions, rows_merged), excessive_scroll_sessions)
            or quick_back_sessions not between 0 and coalesce(sessions + if(truncated, quick_back_sessions, rows_merged), quick_back_sessions)
            or script_error_sessions not between 0 and coalesce(sessions + if(truncated, script_error_sessions, rows_merged), script_error_sessions)
            or error_click_sessions not between 0 and coalesce(sessions + if(truncated, error_click_sessions, rows_merged), error_click_sessions)
            -- end of what is generated
        )
    )
order by dimension_hash
