-- A row is one version of one business-day: what is known now and, with $with_history, what was known before. known_until is NULL
-- for what is known now; covered_share is told of cut days alone.
with versions as (
    select *, null::timestamptz as superseded_at
    from business_day
    where business_id in (select unnest($business_ids)) and date between $from_date and $to_date
    union all by name
    select
        business_id,
        date,
        superseded_at,
        -- include marts/measures
    from clarity_daily_metrics_history
    where
        $with_history and slice = 'url_device'
        and business_id in (select unnest($business_ids)) and date between $from_date and $to_date
    group by business_id, date, superseded_at
)
select
    versions.business_id,
    versions.date,
    quality,
    truncated,
    if(truncated and superseded_at is null, told.ratio, null) as covered_share,
    versions.loaded_at as known_from,
    superseded_at as known_until,
    -- include rules/measures
from versions
left join clarity_reconciliation as told
    on told.business_id = versions.business_id and told.date = versions.date
    and told.slice = 'url_device' and told.statement = 'lane_tells_all_visits'
order by versions.business_id, versions.date
