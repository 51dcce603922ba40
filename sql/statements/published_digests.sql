-- A row is one UTC date that is published, with a number that differs when anything that the panel shows of it differs.
select date, bit_xor(digest)::varchar as digest
from (
    select date, hash(days) as digest
    from (
        -- include statements/published_days
    ) as days
    where date >= $days_from
    union all
    select date, hash(urls) as digest
    from (
        -- include statements/published_urls
    ) as urls
    where date >= $urls_from
)
group by date
order by date desc
