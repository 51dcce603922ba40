-- A row is one of the values of a business, date and dimension that most visits have, those first.
select * exclude (date)
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
where date = $date
qualify row_number() over (partition by business_id, dimension order by sessions desc, value, channel) <= $values_a_day
order by business_id, dimension, sessions desc, value, channel
