-- A row is one business and UTC date: which lanes are loaded, how much of the date the worst of them covers, whether one is at the
-- cap, and the share of the date's visits to pages that the rows of the worst lane tell (NULL where nothing tells it).
create or replace view lane_coverage as
select
    loads.business_id,
    loads.date,
    list(loads.slice order by loads.slice) as slices,
    sum(loads.rows)::bigint as rows,
    min(loads.coverage) as coverage,
    coalesce(bool_or(lanes.truncated), false) as truncated,
    max(loads.loaded_at) as loaded_at,
    any_value(told.covered_share) as covered_share
from clarity_lane_loads as loads
left join (
    select business_id, date, slice, bool_or(truncated) as truncated
    from clarity_daily_metrics
    group by business_id, date, slice
) as lanes using (business_id, date, slice)
left join (
    select
        business_id,
        date,
        case when bool_or(passed is null) then null else min(coalesce(ratio, 1)) end as covered_share
    from clarity_reconciliation
    where statement = 'lane_tells_all_visits'
    group by business_id, date
) as told using (business_id, date)
group by loads.business_id, loads.date
order by loads.business_id, loads.date
