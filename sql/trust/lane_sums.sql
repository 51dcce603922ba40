-- A row is one loaded lane of a span of businesses and UTC dates, and what its rows add up to; NULL sums for a metric that is missing.
select
    loads.business_id,
    loads.date,
    loads.slice,
    loads.asked,
    loads.window_end,
    loads.loaded_at,
    loads.subtracted_sha256 is not null as is_recovered,
    loads.rows,
    loads.coverage,
    coalesce(sums.truncated, false) as truncated,
    sums.sessions,
    sums.bot_sessions,
    {
        -- generated: lane_events
        'dead_clicks': sums.dead_clicks,
        'rage_clicks': sums.rage_clicks,
        'excessive_scroll': sums.excessive_scroll,
        'quick_backs': sums.quick_backs,
        'script_errors': sums.script_errors,
        'error_clicks': sums.error_clicks
        -- end of what is generated
    } as events,
    sums.timed_sessions,
    sums.time_ms,
    sums.pages_per_session,
    case when loads.rows = 0 or sums.users_known then coalesce(sums.users_above, 0) end as users_above,
    coalesce(sums.rows_above, []) as rows_above
from clarity_lane_loads as loads
left join (
    select
        business_id,
        date,
        slice,
        bool_or(truncated) as truncated,
        sum(sessions)::bigint as sessions,
        sum(bot_sessions)::bigint as bot_sessions,
        -- generated: lane_event_sums
        sum(dead_clicks)::bigint as dead_clicks,
        sum(rage_clicks)::bigint as rage_clicks,
        sum(excessive_scroll)::bigint as excessive_scroll,
        sum(quick_backs)::bigint as quick_backs,
        sum(script_errors)::bigint as script_errors,
        sum(error_clicks)::bigint as error_clicks,
        -- end of what is generated
        sum(sessions) filter (total_time_ms is not null)::bigint as timed_sessions,
        sum(sessions::hugeint * total_time_ms) as time_ms,
        max(pages_per_session) filter (slice = 'totals') as pages_per_session,
        sum(distinct_users::hugeint - sessions - bot_sessions)
            filter (distinct_users > sessions + bot_sessions and sessions > 0)::bigint as users_above,
        count(distinct_users) > 0 as users_known,
        list(dimension_hash order by dimension_hash)
            filter (distinct_users > sessions + bot_sessions and sessions > 0) as rows_above
    from clarity_daily_metrics
    where date between $from_date and $to_date and business_id between $from_business and $to_business
    group by business_id, date, slice
) as sums using (business_id, date, slice)
where
    loads.date between $from_date and $to_date
    and loads.business_id between $from_business and $to_business
order by loads.business_id, loads.date, loads.slice
