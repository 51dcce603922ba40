-- A row is one page, device, source, country or campaign of one business: its page visits and what they did in a baseline and in a window.
-- With $url only the visits of that page, from the loaded rows; else all of the business, from the marts. Each dimension adds up to
-- all page visits of its own lane, which is why shares are taken within a dimension.
with cells as (
    select 'page' as dimension, url as name, * from url_day
    where business_id = $business_id and date between $baseline_from and $to_date and $url is null
    union all by name
    select 'device' as dimension, device as name, * from device_day
    where business_id = $business_id and date between $baseline_from and $to_date and $url is null
    union all by name
    select 'source' as dimension, source as name, * from source_day
    where business_id = $business_id and date between $baseline_from and $to_date and $url is null
    union all by name
    select 'country' as dimension, country as name, * from country_day
    where business_id = $business_id and date between $baseline_from and $to_date and $url is null
    union all by name
    select 'campaign' as dimension, campaign as name, * from campaign_day
    where business_id = $business_id and date between $baseline_from and $to_date and $url is null
    union all by name
    select
        case slice
            when 'url_device' then 'device'
            when 'url_source' then 'source'
            when 'url_country' then 'country'
            else 'campaign'
        end as dimension,
        case slice when 'url_device' then device when 'url_source' then source when 'url_country' then country else campaign end as name,
        *
    from clarity_daily_metrics
    where
        business_id = $business_id and date between $baseline_from and $to_date and url = $url
        and slice in ('url_device', 'url_source', 'url_country', 'url_campaign_channel')
),
seen as (
    select *, date >= $from_date as is_now from cells where date <= $baseline_to or date >= $from_date
)
select
    dimension,
    name,
    is_now,
    -- generated: cause_sums
    sum(sessions)::double as sessions,
    sum(dead_clicks)::double as dead_clicks,
    sum(rage_clicks)::double as rage_clicks,
    sum(excessive_scroll)::double as excessive_scroll,
    sum(quick_backs)::double as quick_backs,
    sum(script_errors)::double as script_errors,
    sum(error_clicks)::double as error_clicks,
    sum(dead_click_sessions)::double as dead_click_sessions,
    sum(rage_click_sessions)::double as rage_click_sessions,
    sum(excessive_scroll_sessions)::double as excessive_scroll_sessions,
    sum(quick_back_sessions)::double as quick_back_sessions,
    sum(script_error_sessions)::double as script_error_sessions,
    sum(error_click_sessions)::double as error_click_sessions
    -- end of what is generated
from seen
group by all
order by all
