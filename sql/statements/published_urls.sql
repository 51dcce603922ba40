-- A row is one page of one business on one UTC date, with how many of its sessions met trouble. A session that met two kinds is
-- counted in both, and nobody knows how many did, so the greatest kind is what is certain: at least so many.
select
    business_id,
    date,
    url,
    coalesce(sessions, 0) as sessions,
    is_folded::int as folded,
    greatest(
        -- generated: affected_sessions
        coalesce(dead_click_sessions, 0),
        coalesce(rage_click_sessions, 0),
        coalesce(excessive_scroll_sessions, 0),
        coalesce(quick_back_sessions, 0),
        coalesce(script_error_sessions, 0),
        coalesce(error_click_sessions, 0)
        -- end of what is generated
    ) as affected_sessions,
    -- generated: page_events
    coalesce(dead_clicks, 0) as dead_clicks,
    coalesce(rage_clicks, 0) as rage_clicks,
    coalesce(excessive_scroll, 0) as excessive_scroll,
    coalesce(quick_backs, 0) as quick_backs,
    coalesce(script_errors, 0) as script_errors,
    coalesce(error_clicks, 0) as error_clicks
    -- end of what is generated
from url_day
