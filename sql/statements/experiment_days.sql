-- A row is one variant of one experiment on one date, with what Clarity saw of it: its pages (url_day) or else its campaigns
-- (campaign_day); in a pattern `*` is any text. Sessions are NULL while the lane of that date is not loaded and where Clarity cut
-- it, 0 where nobody came. shared_sessions are those on pages that another variant's pattern matches too.
with variants as (
    select
        *,
        replace(replace(replace(replace(coalesce(url_pattern, campaign_pattern), '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
            as pattern
    from experiments
),
matched as (
    select
        variants.business_id, variants.date, variants.experiment, variants.variant, seen.sessions, seen.rage_click_sessions,
        seen.dead_click_sessions, seen.truncated, concat_ws(' ', 'page', seen.url) as place
    from variants
    join url_day as seen
        on seen.business_id = variants.business_id and seen.date = variants.date
        and seen.url like variants.pattern escape '\'
    where variants.url_pattern is not null
    union all by name
    select
        variants.business_id, variants.date, variants.experiment, variants.variant, seen.sessions, seen.rage_click_sessions,
        seen.dead_click_sessions, seen.truncated, concat_ws(' ', 'campaign', seen.channel, seen.campaign) as place
    from variants
    join campaign_day as seen
        on seen.business_id = variants.business_id and seen.date = variants.date
        and (
            seen.campaign like variants.pattern escape '\'
            or exists (
                from clarity_value_spellings as spelled
                where spelled.business_id = seen.business_id and spelled.dimension = 'campaign'
                    and spelled.folded = seen.campaign and spelled.value like variants.pattern escape '\'
            )
        )
    where variants.url_pattern is null
),
told as (
    select *, count(*) over (partition by business_id, date, experiment, place) > 1 as is_shared
    from matched
),
seen as (
    select
        business_id, date, experiment, variant,
        sum(sessions)::bigint as sessions,
        sum(rage_click_sessions)::bigint as rage_click_sessions,
        sum(dead_click_sessions)::bigint as dead_click_sessions,
        coalesce(sum(sessions) filter (is_shared), 0)::bigint as shared_sessions,
        bool_or(truncated) as truncated
    from told
    group by all
),
usable as (
    select
        variants.*,
        loads.slice is not null and not coalesce(seen.truncated, false) as is_usable,
        seen.sessions, seen.rage_click_sessions, seen.dead_click_sessions, seen.shared_sessions
    from variants
    left join seen using (business_id, date, experiment, variant)
    left join clarity_lane_loads as loads
        on loads.business_id = variants.business_id and loads.date = variants.date
        and loads.slice = if(variants.url_pattern is null, 'url_campaign_channel', 'url_device')
)
select
    business_id, date, experiment, variant, is_control, visitors, conversions, intended_share,
    if(is_usable, coalesce(sessions, 0), null) as sessions,
    if(is_usable, coalesce(rage_click_sessions, 0), null) as rage_click_sessions,
    if(is_usable, coalesce(dead_click_sessions, 0), null) as dead_click_sessions,
    if(is_usable, coalesce(shared_sessions, 0), 0) as shared_sessions
from usable
order by business_id, experiment, variant, date
