-- A row is one host of a business on one loaded date, with its human sessions; a date without a row in host_day has the host NULL.
select loads.date, hosts.host, coalesce(hosts.sessions, 0) as sessions
from clarity_lane_loads as loads
left join host_day as hosts using (business_id, date)
where loads.business_id = $business_id and loads.slice = 'url_device' and loads.date >= $since
order by all
