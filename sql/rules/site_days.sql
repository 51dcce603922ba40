-- A row is one business on one UTC date of which the totals are loaded: each session once.
select
    business_id,
    date,
    quality,
    truncated,
    null as covered_share,
    loaded_at as known_from,
    null as known_until,
    -- include rules/measures
from site_day
where business_id in (select unnest($business_ids)) and date between $from_date and $to_date
order by business_id, date
