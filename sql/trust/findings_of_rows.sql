-- A row is a finding that single rows make: of all businesses and dates; DuckDB pushes a filter on those two down.
with codes as (
    select *
    from (
        values
        -- generated: codes_of_rows
        ('impossible_number', 'error', null, null),
        ('tuple_is_twice', 'error', null, null),
        ('lane_cut', 'warning', null, null),
        ('date_not_covered', 'warning', null, null),
        ('visits_differ', 'warning', 'lanes_tell_the_same_visits', 'sessions'),
        ('events_differ', 'warning', 'lanes_tell_the_same_events', null),
        ('bot_share_differs', 'warning', 'lanes_tell_the_same_bot_share', 'bot_sessions'),
        ('urls_differ', 'warning', 'lanes_tell_the_same_urls', 'url'),
        ('visits_beside_totals', 'warning', 'visits_fit_the_totals', 'sessions'),
        ('events_beside_totals', 'warning', 'events_fit_the_totals', null),
        ('mostly_bots', 'warning', 'bots_are_the_smaller_part', 'bot_sessions'),
        ('users_far_above_sessions', 'warning', 'users_fit_the_sessions', 'distinct_users'),
        ('unfilled_placeholder', 'warning', null, null),
        ('broken_page_address', 'warning', null, 'url'),
        ('lanes_apart', 'info', 'lanes_share_a_window', null),
        ('users_above_sessions', 'info', null, 'distinct_users')
        -- end of what is generated
    ) as registered (code, severity, statement, metric)
),
of_numbers as (
    select
        business_id,
        date,
        slice,
        unnest([
            -- generated: impossible_by_measure
            {'metric': 'sessions', 'sessions': sum(coalesce(sessions, 0)) filter (sessions < 0)},
            {'metric': 'bot_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (bot_sessions < 0)},
            {'metric': 'distinct_users', 'sessions': sum(coalesce(sessions, 0)) filter (distinct_users < 0)},
            {'metric': 'pages_per_session', 'sessions': sum(coalesce(sessions, 0)) filter (pages_per_session < 0 or not isfinite(pages_per_session))},
            {'metric': 'scroll_depth', 'sessions': sum(coalesce(sessions, 0)) filter (scroll_depth not between 0 and 100)},
            {'metric': 'engagement_time_ms', 'sessions': sum(coalesce(sessions, 0)) filter (engagement_time_ms < 0)},
            {'metric': 'total_time_ms', 'sessions': sum(coalesce(sessions, 0)) filter (total_time_ms < 0)},
            {'metric': 'dead_clicks', 'sessions': sum(coalesce(sessions, 0)) filter (dead_clicks < 0)},
            {'metric': 'rage_clicks', 'sessions': sum(coalesce(sessions, 0)) filter (rage_clicks < 0)},
            {'metric': 'excessive_scroll', 'sessions': sum(coalesce(sessions, 0)) filter (excessive_scroll < 0)},
            {'metric': 'quick_backs', 'sessions': sum(coalesce(sessions, 0)) filter (quick_backs < 0)},
            {'metric': 'script_errors', 'sessions': sum(coalesce(sessions, 0)) filter (script_errors < 0)},
            {'metric': 'error_clicks', 'sessions': sum(coalesce(sessions, 0)) filter (error_clicks < 0)},
            {'metric': 'dead_click_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (dead_click_sessions not between 0 and coalesce(sessions + if(truncated, dead_click_sessions, rows_merged), dead_click_sessions))},
            {'metric': 'rage_click_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (rage_click_sessions not between 0 and coalesce(sessions + if(truncated, rage_click_sessions, rows_merged), rage_click_sessions))},
            {'metric': 'excessive_scroll_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (excessive_scroll_sessions not between 0 and coalesce(sessions + if(truncated, excessive_scroll_sessions, rows_merged), excessive_scroll_sessions))},
            {'metric': 'quick_back_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (quick_back_sessions not between 0 and coalesce(sessions + if(truncated, quick_back_sessions, rows_merged), quick_back_sessions))},
            {'metric': 'script_error_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (script_error_sessions not between 0 and coalesce(sessions + if(truncated, script_error_sessions, rows_merged), script_error_sessions))},
            {'metric': 'error_click_sessions', 'sessions': sum(coalesce(sessions, 0)) filter (error_click_sessions not between 0 and coalesce(sessions + if(truncated, error_click_sessions, rows_merged), error_click_sessions))}
            -- end of what is generated
        ]) as found
    from clarity_daily_metrics
    group by business_id, date, slice
),
of_keys as (
    select business_id, date, any_value(slice) as slice, count(*) - 1 as beyond
    from clarity_daily_metrics
    group by business_id, date, dimension_hash
    having count(*) > 1
),
templates as (
    select told.business_id, told.date, told.slice, spelled.dimension as metric, told.sessions
    from clarity_daily_metrics as told
    join clarity_value_spellings as spelled on spelled.business_id = told.business_id and spelled.reason = 'placeholder'
    where told.sessions > 0
        and case spelled.dimension when 'source' then told.source when 'medium' then told.medium when 'campaign' then told.campaign end
        = spelled.value
),
found as (
    select business_id, date, slice, found.metric as metric, 'impossible_number' as code, found.sessions::double as figure
    from of_numbers
    where found.sessions is not null
    union all by name
    select business_id, date, slice, 'tuple_is_twice' as code, sum(beyond)::double as figure
    from of_keys
    group by business_id, date, slice
    union all by name
    select business_id, date, slice, metric, 'unfilled_placeholder' as code, sum(sessions)::double as figure
    from templates
    group by business_id, date, slice, metric
    union all by name
    select business_id, date, slice, 'url' as metric, 'broken_page_address' as code, sum(sessions)::double as figure
    from clarity_daily_metrics
    where slice = 'url_device' and sessions > 0
        and regexp_matches(lower(url), '/(undefined|null|(%5b|\[)object(%20| )object(%5d|\])|(%7b|\{){2}[^/]*(%7d|\}){2})(/|$)')
    group by business_id, date, slice
)

select found.business_id, found.date, found.slice, found.metric, found.code, codes.severity, found.figure
from found
join codes using (code)
