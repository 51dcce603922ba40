-- A row is one of the pages of a business and date that most sessions met trouble on, the worst first.
select *
from (
    -- include statements/published_urls
)
where date = $date
qualify row_number() over (partition by business_id order by affected_sessions desc, sessions desc, url) <= $urls_a_day
order by business_id, affected_sessions desc, sessions desc, url
