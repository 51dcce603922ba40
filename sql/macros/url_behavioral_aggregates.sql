-- A row is one page of one business over the dates from_date to to_date, both included; NULL is what Clarity gave no page. The
-- columns from `days` on say what stands behind all pages: a date without a visit of this one is data.
create or replace macro url_behavioral_aggregates(business, from_date, to_date) as table
select
    numbers.*,
    behind.*
from (
    select
        url,
        -- generated: behavioral_measures
        -- The ten metrics of the rules, over rows of the url_device lane alone (the other lanes hold the same sessions
        -- again), so by visit of a page. Rates are sum over sum, averages are weighted by visits; NULL without data, and
        -- without visits for what is divided by them. A number that cannot be is left out, with its visits in a rate.
        sum(sessions)::bigint as clarity_sessions,
        (sum(rage_clicks) filter (rage_clicks >= 0))::bigint as clarity_rage_clicks,
        (sum(dead_clicks) filter (dead_clicks >= 0))::bigint as clarity_dead_clicks,
        (sum(excessive_scroll) filter (excessive_scroll >= 0))::bigint as clarity_excessive_scroll,
        (sum(quick_backs) filter (quick_backs >= 0))::bigint as clarity_quick_backs,
        sum(rage_clicks) filter (rage_clicks >= 0) / nullif(sum(sessions) filter (coalesce(rage_clicks >= 0, truncated)), 0) as clarity_rage_click_rate,
        sum(dead_clicks) filter (dead_clicks >= 0) / nullif(sum(sessions) filter (coalesce(dead_clicks >= 0, truncated)), 0) as clarity_dead_click_rate,
        sum(quick_backs) filter (quick_backs >= 0) / nullif(sum(sessions) filter (coalesce(quick_backs >= 0, truncated)), 0) as clarity_quick_back_rate,
        sum(scroll_depth * sessions) filter (scroll_depth between 0 and 100) / nullif(sum(sessions) filter (scroll_depth between 0 and 100), 0) as clarity_scroll_depth,
        sum(engagement_time_ms::double * sessions) filter (engagement_time_ms >= 0) / nullif(sum(sessions) filter (engagement_time_ms >= 0), 0) as clarity_engagement_time_ms
        -- end of what is generated
    from clarity_daily_metrics
    where slice = 'url_device' and business_id = business and date between from_date and to_date
    group by url
) as numbers
cross join dates_behind(business, 'url_device', from_date, to_date) as behind
