-- A row is one page of one business with the part of its page visits that came from $countries, over the dates on which they count anew.
select url, sum(sessions) filter (country in (select unnest($countries))) / sum(sessions) as share
from clarity_daily_metrics
where slice = 'url_country' and url is not null and business_id = $business_id and date between $from_date and $to_date
group by url
having sum(sessions) > 0
