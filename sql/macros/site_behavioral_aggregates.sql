-- A row is the whole site of one business over the dates from_date to to_date, both included, each session once; always one row,
-- NULL without data. Only of businesses that opted in to the totals, over the dates that have them: `days_with_data` says of how
-- many of `days`. Users are added up by day, so one who came on two counts twice.
create or replace macro site_behavioral_aggregates(business, from_date, to_date) as table
select
    numbers.*,
    behind.*
from (
    select
        -- generated: site_behavioral_measures
        -- The ten metrics over whole sessions, and users, pages per session and time from their first to their last moment.
        sum(sessions)::bigint as clarity_site_sessions,
        (sum(rage_clicks) filter (rage_clicks >= 0))::bigint as clarity_site_rage_clicks,
        (sum(dead_clicks) filter (dead_clicks >= 0))::bigint as clarity_site_dead_clicks,
        (sum(excessive_scroll) filter (excessive_scroll >= 0))::bigint as clarity_site_excessive_scroll,
        (sum(quick_backs) filter (quick_backs >= 0))::bigint as clarity_site_quick_backs,
        sum(rage_clicks) / nullif(sum(sessions) filter (rage_clicks is not null), 0) as clarity_site_rage_click_rate,
        sum(dead_clicks) / nullif(sum(sessions) filter (dead_clicks is not null), 0) as clarity_site_dead_click_rate,
        sum(quick_backs) / nullif(sum(sessions) filter (quick_backs is not null), 0) as clarity_site_quick_back_rate,
        sum(scroll_depth * scroll_depth_sessions) / nullif(sum(scroll_depth_sessions), 0) as clarity_site_scroll_depth,
        sum(engagement_time_ms * engagement_time_sessions) / nullif(sum(engagement_time_sessions), 0) as clarity_site_engagement_time_ms,
        (sum(distinct_users) filter (distinct_users >= 0))::bigint as clarity_site_distinct_users,
        sum(pages_per_session * pages_per_session_sessions) / nullif(sum(pages_per_session_sessions), 0) as clarity_site_pages_per_session,
        sum(total_time_ms * total_time_sessions) / nullif(sum(total_time_sessions), 0) as clarity_site_total_time_ms
        -- end of what is generated
    from site_day
    where business_id = business and date between from_date and to_date
) as numbers
cross join dates_behind(business, 'totals', from_date, to_date) as behind
