-- A row is one country of one business-day from $since on of the lane by country, of countries that may have lost consent: on some
-- days behind one another they had hardly anything of what four weeks of theirs had beyond the first page, over so many sessions that it could be
-- proved ($evidence, the logarithm of the chance). The limits are wider than those that decide, so that nothing is missed.
-- surplus are page views beyond the first over all sessions, elsewhere the sessions beside the busiest page. Days that were asked for
-- by fewer dimensions count visits and not page visits, so they are left out, as if nothing was loaded.
with by_country as (
    select business_id, date, country, sum(sessions) as sessions, sum(sessions * (pages_per_session - 1)) as surplus
    from clarity_daily_metrics
    where
        slice = 'url_country' and sessions > 0 and pages_per_session is not null and country is not null
        and business_id in (select unnest($business_ids)) and date >= $since
    group by all
),
in_full as (
    select business_id, date
    from clarity_lane_loads
    where slice = 'url_country' and coalesce(asked, 'url,country') = 'url,country' and date >= $since
),
days as (
    select
        by_country.business_id,
        by_country.date,
        if(spelled.value is null, by_country.country, spelled.folded) as country,
        sum(sessions) as sessions,
        sum(surplus) as surplus
    from by_country
    join in_full using (business_id, date)
    left join clarity_value_spellings as spelled
        on spelled.business_id = by_country.business_id and spelled.dimension = 'country' and spelled.value = by_country.country
    where spelled.value is null or spelled.folded is not null
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
        surplus <= $part_left * sessions * usual.pages as is_without,
        sum((surplus > $part_left * sessions * usual.pages)::int) over (partition by business_id, country order by date) as run
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
spellings as (
    select business_id, country as value, country from candidates
    union
    select candidates.business_id, spelled.value, candidates.country
    from candidates
    join clarity_value_spellings as spelled
        on spelled.business_id = candidates.business_id and spelled.dimension = 'country' and spelled.folded = candidates.country
),
by_page as (
    select
        metrics.business_id,
        metrics.date,
        spellings.country,
        sum(metrics.sessions) as sessions,
        sum(metrics.sessions * (metrics.pages_per_session - 1)) as surplus,
        row_number() over (
            partition by metrics.business_id, metrics.date, spellings.country order by sum(metrics.sessions) desc, metrics.url
        ) as place
    from clarity_daily_metrics as metrics
    join spellings on spellings.business_id = metrics.business_id and spellings.value = metrics.country
    join in_full on in_full.business_id = metrics.business_id and in_full.date = metrics.date
    where
        metrics.slice = 'url_country' and metrics.sessions > 0 and metrics.pages_per_session is not null
        and metrics.date >= $since
    group by metrics.business_id, metrics.date, spellings.country, metrics.url
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
