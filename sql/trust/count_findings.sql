-- Says of each finding of some businesses since when it stands without a break, and on how many dates: over the loaded dates of its
-- lane, so that a date without data neither begins nor ends anything. NULL is all businesses. With $from_date only dates from then on
-- are looked at; what stands on the first of them, where that is before $changed_on, is counted already, and goes on. Gives business
-- and date of what is new.
update clarity_findings as findings
set since = told.since, times = told.times
from (
    select
        * exclude (since, times),
        if(goes_on, first_value(since) over run, min(date) over run) as since,
        if(goes_on, first_value(times) over run, 1) + row_number() over run - 1 as times
    from (
        select *, first_value(place = 1 and $from_date is not null and date < $changed_on) over run as goes_on
        from (
            select
                each.*,
                lanes.place,
                lanes.place - row_number() over (
                    partition by each.business_id, each.slice, each.metric, each.code order by each.date
                ) as run
            from clarity_findings as each
            join (
                select business_id, slice, date, row_number() over (partition by business_id, slice order by date) as place
                from clarity_lane_loads
                where ($business_id is null or business_id = $business_id) and ($from_date is null or date >= $from_date)
            ) as lanes using (business_id, slice, date)
            where ($business_id is null or each.business_id = $business_id) and ($from_date is null or each.date >= $from_date)
        )
        window run as (partition by business_id, slice, metric, code, run order by date)
    )
    window run as (partition by business_id, slice, metric, code, run order by date)
) as told
where
    findings.business_id = told.business_id and findings.date = told.date and findings.slice = told.slice
    and findings.metric is not distinct from told.metric and findings.code = told.code
    and (findings.since, findings.times) is distinct from (told.since, told.times)
    and ($from_date is null or findings.date >= $from_date)
returning findings.business_id, findings.date
