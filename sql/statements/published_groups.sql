-- A row is one value of one paid lane's dimension of one business on one UTC date: a device, a source, a country, or a campaign with
-- its channel. Affected are so many visits at least, as in published_urls; lane_sessions are all visits of that lane's date.
select
    business_id,
    date,
    dimension,
    value,
    channel,
    (sum(coalesce(sessions, 0)) over (partition by business_id, date, dimension))::bigint as lane_sessions,
    coalesce(sessions, 0) as sessions,
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
from (
    select 'device' as dimension, device as value, * exclude (device) from device_day
    union all by name
    select 'source' as dimension, source as value, * exclude (source) from source_day
    union all by name
    select 'country' as dimension, country as value, * exclude (country) from country_day
    union all by name
    select 'campaign' as dimension, campaign as value, * exclude (campaign) from campaign_day
) as groups
