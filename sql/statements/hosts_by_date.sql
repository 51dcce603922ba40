-- A row is one host of a business on one loaded date, with its human sessions; a date on which nobody came has the host NULL. Told
-- from the rows and not from host_day, which is summed behind them.
select loads.date, split_part(tuples.url, '/', 3) as host, coalesce(sum(tuples.sessions), 0) as sessions
from clarity_lane_loads as loads
left join clarity_daily_metrics as tuples using (business_id, date, slice)
where loads.business_id = $business_id and loads.slice = 'url_device' and loads.date >= $since
group by all
order by all
