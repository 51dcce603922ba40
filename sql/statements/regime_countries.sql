-- A row is one country of one business-day of the lane by country, of countries that may have lost consent: on some days behind one
-- another they had hardly anything of what four weeks of theirs had beyond the first page, over so many sessions that it could be
-- proved ($evidence, the logarithm of the chance). The limits are wider than those that decide, so that nothing is missed.
-- surplus are page views beyond the first over all sessions, elsewhere the sessions beside the busiest page. Days that were asked for
-- by fewer dimensions count visits and not page visits, so they are left out, as if nothing was loaded.
with days as (
    select
        business_id,
        date,
        country,
        sum(sessions) as sessions,
        sum(sessions * (pages_per_session - 1)) as surplus
    from country_day
    join clarity_lane_loads as loads using (business_id, date)
    where
        business_id in (select unnest($business_ids)) and country is not null and sessions > 0 and pages_per_session is not null
        and loads.slice = 'url_country' and coalesce(loads.asked, 'url,country') = 'url,country'
    group by all
),
usual as (
    select business_id, country, max(pages) as pages
    from (
        select
            business_id,
            country,
            sum(surplus) over weeks / sum(sessions) over weeks as pages,
            count(*) over weeks as days
        from days
        window weeks as (partition by business_id, country order by date range between interval 27 days preceding and current row)
    )
    where days >= $least_days
    group by all
),
runs as (
    select
        business_id,
        country,
        sessions,
        usual.pages,
        surplus <= $left * sessions * usual.pages as is_without,
        sum((surplus > $left * sessions * usual.pages)::int) over (partition by business_id, country order by date) as run
    from days
    join usual using (business_id, country)
),
candidates as (
    select distinct business_id, country
    from runs
    where is_without
    group by business_id, country, run, pages
    having sum(sessions) * ln(1 + 2 * pages) >= $evidence
),
by_page as (
    select
        metrics.business_id,
        metrics.date,
        metrics.country,
        metrics.sessions,
        metrics.sessions * (coalesce(metrics.pages_per_session, 1) - 1) as surplus,
        row_number() over (
            partition by metrics.business_id, metrics.date, metrics.country order by metrics.sessions desc, metrics.url
        ) as place
    from clarity_daily_metrics as metrics
    join candidates using (business_id, country)
    join clarity_lane_loads as loads on
        loads.business_id = metrics.business_id and loads.date = metrics.date and loads.slice = metrics.slice
    where metrics.slice = 'url_country' and metrics.sessions > 0 and coalesce(loads.asked, 'url,country') = 'url,country'
)
select
    business_id,
    date,
    country,
    sum(sessions)::bigint as sessions,
    sum(surplus) as surplus,
    coalesce(sum(sessions) filter (place > 1), 0)::bigint as elsewhere,
    coalesce(sum(surplus) filter (place > 1), 0.0) as elsewhere_surplus
from by_page
group by all
order by business_id, country, date
