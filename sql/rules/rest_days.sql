-- A row is one version of one business-day without the visits from $countries (as marts spell them), by the lane that has countries:
-- what is known now and, with $with_history, what was known before. known_until is NULL for what is known now. Days that were asked
-- for by fewer dimensions count visits and not page visits, so they are no days of this.
with unasked as (
    select unnest($countries) as country
    union
    select value
    from clarity_value_spellings
    where business_id = $business_id and dimension = 'country' and folded in (select unnest($countries))
),
told as (
    select metrics.*, null::timestamptz as superseded_at
    from clarity_daily_metrics as metrics
    join clarity_lane_loads as loads using (business_id, date, slice)
    where
        slice = 'url_country' and coalesce(loads.asked, 'url,country') = 'url,country'
        and business_id = $business_id and date between $from_date and $to_date
    union all by name
    select *
    from clarity_daily_metrics_history
    where
        $with_history and slice = 'url_country' and url is not null
        and business_id = $business_id and date between $from_date and $to_date
),
versions as (
    select
        business_id,
        date,
        superseded_at,
        -- generated: mart_measures
        -- Visits of pages: counts are added (NULL only where all are NULL), averages weighted by visits over the rows that
        -- have one, distinct_users added although people overlap (at most so many), the worst quality and coverage.
        -- pages_per_session is NULL: long sessions have more rows, so that a mean is too high; site_day has the site's.
        -- Last stand the weights of averages, so that days add up to what their rows say, that it is one date, and by measure
        -- the sessions of rows that are left out, since their number cannot be or did not come (NULL where there are none).
        sum(sessions)::bigint as sessions,
        sum(bot_sessions)::bigint as bot_sessions,
        (sum(distinct_users) filter (distinct_users >= 0))::bigint as distinct_users,
        null::double as pages_per_session,
        sum(scroll_depth * sessions) filter (scroll_depth between 0 and 100) / nullif(sum(sessions) filter (scroll_depth between 0 and 100), 0) as scroll_depth,
        sum(engagement_time_ms::double * sessions) filter (engagement_time_ms >= 0) / nullif(sum(sessions) filter (engagement_time_ms >= 0), 0) as engagement_time_ms,
        sum(total_time_ms::double * sessions) filter (total_time_ms >= 0) / nullif(sum(sessions) filter (total_time_ms >= 0), 0) as total_time_ms,
        (sum(dead_clicks) filter (dead_clicks >= 0))::bigint as dead_clicks,
        (sum(rage_clicks) filter (rage_clicks >= 0))::bigint as rage_clicks,
        (sum(excessive_scroll) filter (excessive_scroll >= 0))::bigint as excessive_scroll,
        (sum(quick_backs) filter (quick_backs >= 0))::bigint as quick_backs,
        (sum(script_errors) filter (script_errors >= 0))::bigint as script_errors,
        (sum(error_clicks) filter (error_clicks >= 0))::bigint as error_clicks,
        (sum(dead_click_sessions) filter (dead_click_sessions between 0 and coalesce(sessions + if(truncated, dead_click_sessions, rows_merged), dead_click_sessions)))::bigint as dead_click_sessions,
        (sum(rage_click_sessions) filter (rage_click_sessions between 0 and coalesce(sessions + if(truncated, rage_click_sessions, rows_merged), rage_click_sessions)))::bigint as rage_click_sessions,
        (sum(excessive_scroll_sessions) filter (excessive_scroll_sessions between 0 and coalesce(sessions + if(truncated, excessive_scroll_sessions, rows_merged), excessive_scroll_sessions)))::bigint as excessive_scroll_sessions,
        (sum(quick_back_sessions) filter (quick_back_sessions between 0 and coalesce(sessions + if(truncated, quick_back_sessions, rows_merged), quick_back_sessions)))::bigint as quick_back_sessions,
        (sum(script_error_sessions) filter (script_error_sessions between 0 and coalesce(sessions + if(truncated, script_error_sessions, rows_merged), script_error_sessions)))::bigint as script_error_sessions,
        (sum(error_click_sessions) filter (error_click_sessions between 0 and coalesce(sessions + if(truncated, error_click_sessions, rows_merged), error_click_sessions)))::bigint as error_click_sessions,
        min(window_start) as window_start,
        max(window_end) as window_end,
        max(fetched_at) as fetched_at,
        max(loaded_at) as loaded_at,
        arg_max(quality, list_position(['aligned', 'shifted', 'recovered'], quality)) as quality,
        min(coverage) as coverage,
        bool_or(truncated) as truncated,
        sum(rows_merged)::bigint as rows_merged,
        count(*) as rows,
        (sum(sessions) filter (scroll_depth between 0 and 100))::bigint as scroll_depth_sessions,
        (sum(sessions) filter (engagement_time_ms >= 0))::bigint as engagement_time_sessions,
        1::bigint as days,
        1::bigint as days_with_data,
        nullif(map_from_entries([entry for entry in [
            {'measure': 'dead_clicks', 'sessions': sum(sessions) filter (not coalesce(dead_clicks >= 0, truncated))},
            {'measure': 'rage_clicks', 'sessions': sum(sessions) filter (not coalesce(rage_clicks >= 0, truncated))},
            {'measure': 'excessive_scroll', 'sessions': sum(sessions) filter (not coalesce(excessive_scroll >= 0, truncated))},
            {'measure': 'quick_backs', 'sessions': sum(sessions) filter (not coalesce(quick_backs >= 0, truncated))},
            {'measure': 'script_errors', 'sessions': sum(sessions) filter (not coalesce(script_errors >= 0, truncated))},
            {'measure': 'error_clicks', 'sessions': sum(sessions) filter (not coalesce(error_clicks >= 0, truncated))},
            {'measure': 'dead_click_sessions', 'sessions': sum(sessions) filter (not coalesce(dead_click_sessions between 0 and coalesce(sessions + if(truncated, dead_click_sessions, rows_merged), dead_click_sessions), truncated))},
            {'measure': 'rage_click_sessions', 'sessions': sum(sessions) filter (not coalesce(rage_click_sessions between 0 and coalesce(sessions + if(truncated, rage_click_sessions, rows_merged), rage_click_sessions), truncated))},
            {'measure': 'excessive_scroll_sessions', 'sessions': sum(sessions) filter (not coalesce(excessive_scroll_sessions between 0 and coalesce(sessions + if(truncated, excessive_scroll_sessions, rows_merged), excessive_scroll_sessions), truncated))},
            {'measure': 'quick_back_sessions', 'sessions': sum(sessions) filter (not coalesce(quick_back_sessions between 0 and coalesce(sessions + if(truncated, quick_back_sessions, rows_merged), quick_back_sessions), truncated))},
            {'measure': 'script_error_sessions', 'sessions': sum(sessions) filter (not coalesce(script_error_sessions between 0 and coalesce(sessions + if(truncated, script_error_sessions, rows_merged), script_error_sessions), truncated))},
            {'measure': 'error_click_sessions', 'sessions': sum(sessions) filter (not coalesce(error_click_sessions between 0 and coalesce(sessions + if(truncated, error_click_sessions, rows_merged), error_click_sessions), truncated))},
            {'measure': 'scroll_depth', 'sessions': sum(sessions) filter (scroll_depth not between 0 and 100)},
            {'measure': 'engagement_time_ms', 'sessions': sum(sessions) filter (engagement_time_ms < 0)}
        ] if entry.sessions > 0]), map {}) as left_out
        -- end of what is generated
    from told
    where country is null or country not in (select country from unasked)
    group by business_id, date, superseded_at
)
select
    business_id,
    date,
    quality,
    truncated,
    null as covered_share,
    loaded_at as known_from,
    superseded_at as known_until,
    left_out,
    -- generated: rule_measures
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
    scroll_depth * scroll_depth_sessions as scroll_depth_sum,
    scroll_depth_sessions,
    engagement_time_ms * engagement_time_sessions as engagement_time_sum,
    engagement_time_sessions
    -- end of what is generated
from versions
order by business_id, date
