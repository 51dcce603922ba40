-- A row is a lane and another one that lacks some of its URLs: how many visits those tell, and one tuple's hash for each of them.
with pages as materialized (
    select slice, url, sum(sessions)::bigint as sessions, min(dimension_hash) as dimension_hash
    from clarity_daily_metrics
    where
        business_id = $business_id and date = $date
        and (slice = $reference or list_contains($slices::varchar[], slice)) and url is not null
    group by slice, url
    having sum(sessions) > 0
)

select slice, other_slice, sum(sessions)::bigint as sessions, list(dimension_hash order by dimension_hash) as offenders
from (
    select mine.slice, $reference as other_slice, mine.sessions, mine.dimension_hash
    from pages as mine
    where
        mine.slice <> $reference
        and not exists (from pages as theirs where theirs.slice = $reference and theirs.url = mine.url)
    union all
    select $reference as slice, others.slice as other_slice, mine.sessions, mine.dimension_hash
    from (select unnest($slices::varchar[]) as slice) as others
    cross join (from pages where slice = $reference) as mine
    where not exists (from pages as theirs where theirs.slice = others.slice and theirs.url = mine.url)
)
group by slice, other_slice
