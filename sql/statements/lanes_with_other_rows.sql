-- A row is a loaded lane that has another number of rows than were loaded.
select business_id || ' ' || date || ' ' || slice as lane
from clarity_lane_loads as loads
left join (
    select business_id, date, slice, count(*) as rows
    from clarity_daily_metrics
    group by all
) as found using (business_id, date, slice)
where loads.rows <> coalesce(found.rows, 0)
order by all
