-- A row is one business-day from $since on whose lane by country is loaded as it was meant, with its human sessions of all countries.
select loads.business_id, loads.date, coalesce(sum(days.sessions), 0)::bigint as sessions
from clarity_lane_loads as loads
left join (from country_day where date >= $since) as days using (business_id, date)
where
    loads.business_id in (select unnest($business_ids)) and loads.date >= $since
    and loads.slice = 'url_country' and coalesce(loads.asked, 'url,country') = 'url,country'
group by all
order by loads.business_id, loads.date
