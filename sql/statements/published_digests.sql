-- A row is one UTC date that is published, with a number that differs when anything that the panel shows of it differs; its pages
-- and its breakdowns from $urls_from on.
select date, bit_xor(digest)::varchar as digest
from (
    select date, hash(days) as digest
    from (
        -- generated: statements/published_days
        select
            loads.business_id,
            loads.date,
            coalesce(days.sessions, 0) as sessions,
            coalesce(days.bot_sessions, 0) as bot_sessions,
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
        -- end of what is generated
    ) as days
    where date between $days_from and $days_to
    union all
    select date, hash(sites) as digest
    from (
        -- generated: statements/published_site_days
        select
            loads.business_id,
            loads.date,
            coalesce(days.sessions, 0) as sessions,
            coalesce(days.bot_sessions, 0) as bot_sessions,
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
            days.quality,
            loads.coverage,
            coalesce(days.truncated, false) as truncated,
            loads.window_start,
            loads.window_end,
            loads.loaded_at
        from clarity_lane_loads as loads
        left join site_day as days using (business_id, date)
        where loads.slice = 'totals'
        -- end of what is generated
    ) as sites
    where date between $days_from and $days_to
    union all
    select date, hash(urls) as digest
    from (
        -- generated: statements/published_urls
        select
            business_id,
            date,
            url,
            coalesce(sessions, 0) as sessions,
            is_folded::int as folded,
            greatest(
                coalesce(dead_click_sessions, 0),
                coalesce(rage_click_sessions, 0),
                coalesce(excessive_scroll_sessions, 0),
                coalesce(quick_back_sessions, 0),
                coalesce(script_error_sessions, 0),
                coalesce(error_click_sessions, 0)
            ) as affected_sessions,
            coalesce(dead_clicks, 0) as dead_clicks,
            coalesce(rage_clicks, 0) as rage_clicks,
            coalesce(excessive_scroll, 0) as excessive_scroll,
            coalesce(quick_backs, 0) as quick_backs,
            coalesce(script_errors, 0) as script_errors,
            coalesce(error_clicks, 0) as error_clicks
        from url_day
        -- end of what is generated
    ) as urls
    where date between $urls_from and $days_to
    union all
    select date, hash(groups) as digest
    from (
        -- generated: statements/published_groups
        select
            business_id,
            date,
            dimension,
            value,
            channel,
            (sum(coalesce(sessions, 0)) over (partition by business_id, date, dimension))::bigint as lane_sessions,
            coalesce(sessions, 0) as sessions,
            greatest(
                coalesce(dead_click_sessions, 0),
                coalesce(rage_click_sessions, 0),
                coalesce(excessive_scroll_sessions, 0),
                coalesce(quick_back_sessions, 0),
                coalesce(script_error_sessions, 0),
                coalesce(error_click_sessions, 0)
            ) as affected_sessions,
            coalesce(dead_clicks, 0) as dead_clicks,
            coalesce(rage_clicks, 0) as rage_clicks,
            coalesce(excessive_scroll, 0) as excessive_scroll,
            coalesce(quick_backs, 0) as quick_backs,
            coalesce(script_errors, 0) as script_errors,
            coalesce(error_clicks, 0) as error_clicks
        from (
            select 'device' as dimension, device as value, * exclude (device) from device_day
            union all by name
            select 'source' as dimension, source as value, * exclude (source) from source_day
            union all by name
            select 'country' as dimension, country as value, * exclude (country) from country_day
            union all by name
            select 'campaign' as dimension, campaign as value, * exclude (campaign) from campaign_day
        ) as groups
        -- end of what is generated
    ) as groups
    where date between $urls_from and $days_to
    union all
    select date, hash(findings) as digest
    from clarity_findings as findings
    where date between $days_from and $days_to
)
group by date
order by date desc
