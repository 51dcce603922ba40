-- A row is one page of one business with the part of its page visits that came from $countries (as marts spell them), over the dates on
-- which they count anew.
with unasked as (
    select unnest($countries) as country
    union
    select value
    from clarity_value_spellings
    where business_id = $business_id and dimension = 'country' and folded in (select unnest($countries))
)
select url, sum(sessions) filter (country in (select country from unasked)) / sum(sessions) as share
from clarity_daily_metrics
where slice = 'url_country' and url is not null and business_id = $business_id and date between $from_date and $to_date
group by url
having sum(sessions) > 0
