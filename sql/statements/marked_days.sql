-- A row is one loaded date of the whole site (url is NULL) or of one of the asked pages: human sessions, sessions with each signal
-- (NULL where Clarity sent none although there were sessions), and what makes the date less than plain.
with loaded as (
    select date
    from clarity_lane_loads
    where business_id = $business_id and slice = 'url_device' and date between $from_date and $to_date
),
told as (
    select * exclude (url), url as page
    from url_day
    where business_id = $business_id and date between $from_date and $to_date and list_contains($urls, url)
    union all by name
    select *, null as page
    from business_day
    where business_id = $business_id and date between $from_date and $to_date
),
asked as (
    select unnest(list_append($urls::varchar[], null)) as page
)
select
    asked.page as url,
    loaded.date,
    coalesce(told.sessions, 0) as sessions,
    -- generated: marked_signals
    if(coalesce(told.sessions, 0) = 0, 0, told.dead_click_sessions) as dead_click,
    if(coalesce(told.sessions, 0) = 0, 0, told.rage_click_sessions) as rage_click,
    if(coalesce(told.sessions, 0) = 0, 0, told.excessive_scroll_sessions) as excessive_scroll,
    if(coalesce(told.sessions, 0) = 0, 0, told.quick_back_sessions) as quick_back,
    if(coalesce(told.sessions, 0) = 0, 0, told.script_error_sessions) as script_error,
    if(coalesce(told.sessions, 0) = 0, 0, told.error_click_sessions) as error_click,
    -- end of what is generated
    coalesce(site.quality, 'aligned') as quality,
    coalesce(site.truncated, false) as truncated
from loaded
cross join asked
left join told on told.date = loaded.date and told.page is not distinct from asked.page
left join business_day as site on site.business_id = $business_id and site.date = loaded.date
order by asked.page, loaded.date
