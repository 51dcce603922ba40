-- The same rows as marts/country_day, where every number is there and can be: planned in a third of the time, and run as fast.
select
    business_id,
    date,
    country,
    -- generated: plain_mart_measures
    sum(sessions)::bigint as sessions,
    sum(bot_sessions)::bigint as bot_sessions,
    sum(distinct_users)::bigint as distinct_users,
    null::double as pages_per_session,
    sum(scroll_depth * sessions) / nullif(sum(sessions), 0) as scroll_depth,
    sum(engagement_time_ms::double * sessions) / nullif(sum(sessions), 0) as engagement_time_ms,
    sum(total_time_ms::double * sessions) / nullif(sum(sessions), 0) as total_time_ms,
    sum(dead_clicks)::bigint as dead_clicks,
    sum(rage_clicks)::bigint as rage_clicks,
    sum(excessive_scroll)::bigint as excessive_scroll,
    sum(quick_backs)::bigint as quick_backs,
    sum(script_errors)::bigint as script_errors,
    sum(error_clicks)::bigint as error_clicks,
    sum(dead_click_sessions)::bigint as dead_click_sessions,
    sum(rage_click_sessions)::bigint as rage_click_sessions,
    sum(excessive_scroll_sessions)::bigint as excessive_scroll_sessions,
    sum(quick_back_sessions)::bigint as quick_back_sessions,
    sum(script_error_sessions)::bigint as script_error_sessions,
    sum(error_click_sessions)::bigint as error_click_sessions,
    min(window_start) as window_start,
    max(window_end) as window_end,
    max(fetched_at) as fetched_at,
    max(loaded_at) as loaded_at,
    arg_max(quality, list_position(['aligned', 'shifted', 'recovered'], quality)) as quality,
    min(coverage) as coverage,
    bool_or(truncated) as truncated,
    sum(rows_merged)::bigint as rows_merged,
    count(*) as rows,
    (sum(sessions) filter (scroll_depth is not null))::bigint as scroll_depth_sessions,
    (sum(sessions) filter (engagement_time_ms is not null))::bigint as engagement_time_sessions,
    1::bigint as days,
    1::bigint as days_with_data,
    null::map(varchar, hugeint) as left_out
    -- end of what is generated
from (
    select told.* replace (if(spelled.value is null, told.country, spelled.folded) as country)
    from clarity_daily_metrics as told
    left join clarity_value_spellings as spelled
        on spelled.business_id = told.business_id and spelled.dimension = 'country' and spelled.value = told.country
    where told.slice = 'url_country'
)
group by all
