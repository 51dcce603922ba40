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
            scroll_depth not between 0 and 100
            or pages_per_session < 0 or not isfinite(pages_per_session)
            or least(
                sessions, bot_sessions, distinct_users, engagement_time_ms, total_time_ms, dead_clicks, rage_clicks,
                excessive_scroll, quick_backs, script_errors, error_clicks, dead_click_sessions, rage_click_sessions,
                excessive_scroll_sessions, quick_back_sessions, script_error_sessions, error_click_sessions
            ) < 0
            or greatest(
                dead_click_sessions, rage_click_sessions, excessive_scroll_sessions, quick_back_sessions,
                script_error_sessions, error_click_sessions
            ) > sessions + rows_merged and not coalesce(truncated, false)
            -- end of what is generated
        )
    )
order by dimension_hash
