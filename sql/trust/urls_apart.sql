-- A row is a lane of the registered `whole` ones and another one of its business and date that lacks some of its URLs: how many visits
-- those tell, and one tuple's hash for each of them. Each is held against the $reference lane, and that one against each.
with pages as materialized (
    select business_id, date, slice, url, sum(sessions)::bigint as sessions, min(dimension_hash) as dimension_hash
    from clarity_daily_metrics
    semi join whole using (business_id, date, slice)
    where
        date between $from_date and $to_date and business_id between $from_business and $to_business
        and url is not null
    group by business_id, date, slice, url
    having sum(sessions) > 0
)

select
    business_id,
    date,
    slice,
    other_slice,
    sum(sessions)::bigint as sessions,
    list(dimension_hash order by dimension_hash) as offenders
from (
    select mine.business_id, mine.date, mine.slice, $reference as other_slice, mine.sessions, mine.dimension_hash
    from pages as mine
    where mine.slice <> $reference
        and not exists (
            from pages as theirs
            where theirs.business_id = mine.business_id and theirs.date = mine.date
                and theirs.slice = $reference and theirs.url = mine.url
        )
    union all
    select mine.business_id, mine.date, $reference as slice, others.slice as other_slice, mine.sessions, mine.dimension_hash
    from pages as mine
    join whole as others using (business_id, date)
    where mine.slice = $reference and others.slice <> $reference
        and not exists (
            from pages as theirs
            where theirs.business_id = mine.business_id and theirs.date = mine.date
                and theirs.slice = others.slice and theirs.url = mine.url
        )
)
group by business_id, date, slice, other_slice
