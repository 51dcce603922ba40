-- A row is one of the pages of a business and date that most sessions met trouble on, the worst first.
select * exclude (date)
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
where date = $date
qualify row_number() over (partition by business_id order by affected_sessions desc, sessions desc, url) <= $urls_a_day
order by business_id, affected_sessions desc, sessions desc, url
