-- Says of each finding of some businesses since when it stands without a break, and on how many dates: over the loaded dates of its
-- lane, so that a date without data neither begins nor ends anything. NULL is all businesses. Gives business and date of what is new.
update clarity_findings as findings
set since = told.since, times = told.times
from (
    select
        *,
        min(date) over run as since,
        row_number() over (partition by business_id, slice, metric, code, run order by date) as times
    from (
        select
            each.business_id,
            each.date,
            each.slice,
            each.metric,
            each.code,
            lanes.place - row_number() over (
                partition by each.business_id, each.slice, each.metric, each.code order by each.date
            ) as run
        from clarity_findings as each
        join (
            select business_id, slice, date, row_number() over (partition by business_id, slice order by date) as place
            from clarity_lane_loads
            where $business_id is null or business_id = $business_id
        ) as lanes using (business_id, slice, date)
    )
    window run as (partition by business_id, slice, metric, code, run)
) as told
where
    findings.business_id = told.business_id and findings.date = told.date and findings.slice = told.slice
    and findings.metric is not distinct from told.metric and findings.code = told.code
    and (findings.since, findings.times) is distinct from (told.since, told.times)
returning findings.business_id, findings.date
