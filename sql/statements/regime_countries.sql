-- A row is one country of one business-day of the lane by country, of countries that may have lost consent: on some days behind one
-- another they had hardly anything of what four weeks of theirs had beyond the first page, over so many sessions that it could be
-- proved ($evidence, the logarithm of the chance). The limits are wider than those that decide, so that nothing is missed.
-- surplus are page views beyond the first over all sessions, elsewhere the sessions beside the busiest page. Days that were asked for
-- by fewer dimensions count visits and not page visits, so they are left out, as if nothing was loaded.
with told as (
    select
        metrics.business_id,
        metrics.date,
        if(spelled.value is null, metrics.country, spelled.folded) as country,
        metrics.url,
        metrics.sessions,
        metrics.sessions * (metrics.pages_per_session - 1) as surplus
    from clarity_daily_metrics as metrics
    join clarity_lane_loads as loads using (business_id, date, slice)
    left join clarity_value_spellings as spelled
        on spelled.business_id = metrics.business_id and spelled.dimension = 'country' and spelled.value = metrics.country
    where
        slice = 'url_country' and metrics.sessions > 0 and metrics.pages_per_session is not null
        and coalesce(loads.asked, 'url,country') = 'url,country'
        and metrics.business_id in (select unnest($business_ids))
),
days as (
    select business_id, date, country, sum(sessions) as sessions, sum(surplus) as surplus
    from told
    where country is not null
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
        surplus,
        surplus <= $left * sessions * usual.pages as is_without,
        sum((surplus > $left * sessions * usual.pages)::int) over (partition by business_id, country order by date) as run
    from days
    join usual using (business_id, country)
    where usual.pages > 0
),
means as (
    select business_id, country, sum(surplus) / sum(sessions) as surplus, count(*) as days
    from runs
    where not is_without
    group by all
),
spreads as (
    select
        business_id,
        country,
        any_value(means.surplus) as surplus,
        greatest(
            1 + any_value(means.surplus),
            sum((runs.surplus - means.surplus * sessions) ** 2 / (means.surplus * sessions)) / greatest(any_value(means.days) - 1, 1)
        ) as spread
    from runs
    join means using (business_id, country)
    where not is_without
    group by all
),
stretches as (
    select
        business_id,
        country,
        sum(runs.surplus) as seen,
        sum(sessions) * any_value(spreads.surplus) as mean,
        sum(sessions) * any_value(spreads.surplus) / (any_value(spread) - 1) as size
    from runs
    join spreads using (business_id, country)
    where is_without
    group by business_id, country, run
),
candidates as (
    select distinct business_id, country
    from stretches
    where if(seen > 0, seen * ln(seen / mean), 0.0) - (seen + size) * ln((seen + size) / (mean + size)) >= $evidence
),
by_page as (
    select
        business_id,
        date,
        country,
        sum(sessions) as sessions,
        sum(surplus) as surplus,
        row_number() over (partition by business_id, date, country order by sum(sessions) desc, url) as place
    from told
    join candidates using (business_id, country)
    group by business_id, date, country, url
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
