-- A row is a lane as the warehouse has it: rows, sessions, and the answer behind it. Of the asked lanes, or of all where none is asked.
select
    business_id,
    date,
    slice,
    answer_sha256,
    coalesce(found.rows, 0)::bigint as rows,
    least(coalesce(found.sessions, 0), 9223372036854775807)::bigint as sessions
from clarity_lane_loads
left join (
    select
        business_id,
        date,
        slice,
        count(*) as rows,
        sum(sessions) as sessions
    from clarity_daily_metrics
    where $dates is null or date in (select unnest($dates))
    group by business_id, date, slice
) as found using (business_id, date, slice)
where $dates is null or date in (select unnest($dates))
order by business_id, date, slice
