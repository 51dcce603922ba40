-- A row is one variant of one experiment on one date, with what Clarity saw of it: its pages (url_day) or else its campaigns
-- (campaign_day). Sessions are NULL while the lane of that date is not loaded, and 0 where it is and nobody came.
with pages as (
    select
        variants.business_id, variants.date, variants.experiment, variants.variant,
        sum(seen.sessions)::bigint as sessions,
        sum(seen.rage_click_sessions)::bigint as rage_click_sessions,
        sum(seen.dead_click_sessions)::bigint as dead_click_sessions
    from experiments as variants
    join url_day as seen
        on seen.business_id = variants.business_id and seen.date = variants.date and seen.url glob variants.url_pattern
    group by all
),
campaigns as (
    select
        variants.business_id, variants.date, variants.experiment, variants.variant,
        sum(seen.sessions)::bigint as sessions,
        sum(seen.rage_click_sessions)::bigint as rage_click_sessions,
        sum(seen.dead_click_sessions)::bigint as dead_click_sessions
    from experiments as variants
    join campaign_day as seen
        on seen.business_id = variants.business_id and seen.date = variants.date and seen.campaign glob variants.campaign_pattern
    where variants.url_pattern is null
    group by all
),
seen as (
    from pages
    union all by name
    from campaigns
)
select
    variants.business_id, variants.date, variants.experiment, variants.variant, variants.is_control, variants.url_pattern,
    variants.campaign_pattern, variants.visitors, variants.conversions,
    case when loads.slice is not null then coalesce(seen.sessions, 0) end as sessions,
    case when loads.slice is not null then coalesce(seen.rage_click_sessions, 0) end as rage_click_sessions,
    case when loads.slice is not null then coalesce(seen.dead_click_sessions, 0) end as dead_click_sessions
from experiments as variants
left join seen using (business_id, date, experiment, variant)
left join clarity_lane_loads as loads
    on loads.business_id = variants.business_id and loads.date = variants.date
    and loads.slice = if(variants.url_pattern is null, 'url_campaign_channel', 'url_device')
order by variants.business_id, variants.experiment, variants.variant, variants.date
