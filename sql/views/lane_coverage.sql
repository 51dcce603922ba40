-- A row is one business and UTC date: which lanes are loaded, how much of the date the worst of them covers, rows at the cap.
create or replace view lane_coverage as
select
    loads.business_id,
    loads.date,
    list(loads.slice order by loads.slice) as slices,
    sum(loads.rows)::bigint as rows,
    min(loads.coverage) as coverage,
    coalesce(bool_or(lanes.truncated), false) as truncated,
    max(loads.loaded_at) as loaded_at
from clarity_lane_loads as loads
left join (
    select business_id, date, slice, bool_or(truncated) as truncated
    from clarity_daily_metrics
    group by business_id, date, slice
) as lanes using (business_id, date, slice)
group by loads.business_id, loads.date
order by loads.business_id, loads.date
