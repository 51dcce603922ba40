-- A row is one version of one page-day, of the pages that are asked for or were among the $top busiest of their business over the
-- seven days up to any date of the span.
with weeks as (
    select
        business_id,
        date,
        url,
        sum(sessions) over (
            partition by business_id, url order by date range between interval 6 days preceding and current row
        ) as sessions
    from url_day
    where
        $top > 0 and url is not null
        and business_id in (select unnest($business_ids)) and date between $from_date and $to_date
),
busiest as (
    select distinct business_id, url
    from (select *, rank() over (partition by business_id, date order by sessions desc, url) as place from weeks)
    where place <= $top
),
wanted as (
    from busiest
    union
    from (select unnest($url_businesses) as business_id, unnest($urls) as url)
    where business_id in (select unnest($business_ids))
),
versions as (
    select url_day.*, null::timestamptz as superseded_at
    from url_day
    join wanted using (business_id, url)
    where date between $from_date and $to_date
    union all by name
    select
        business_id,
        date,
        url,
        superseded_at,
        -- include marts/measures
    from clarity_daily_metrics_history as history
    where
        $with_history and slice = 'url_device' and date between $from_date and $to_date
        and (business_id, url) in (select (business_id, url) from wanted)
    group by business_id, date, url, superseded_at
)
select
    business_id,
    url,
    date,
    quality,
    truncated,
    null as covered_share,
    loaded_at as known_from,
    superseded_at as known_until,
    -- include rules/measures
from versions
order by business_id, url, date
