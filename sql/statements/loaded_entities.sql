-- A row is one level of one business: what is loaded of it.
select
    business_id as business,
    level,
    count(distinct entity_id) as entities,
    count(*) as rows,
    min(date) as from_date,
    max(date) as to_date,
    list_sort(list_distinct(flatten(list(map_keys(metrics))))) as columns,
    max(loaded_at) as loaded_at,
    coalesce(list_sort(list(distinct currency) filter (currency is not null)), []) as currencies,
    coalesce(list_sort(list(distinct time_zone) filter (time_zone is not null)), []) as time_zones
from ad_entities
where $business_id is null or business_id = $business_id
group by business_id, level
order by business_id, list_position(['campaign', 'ad_set', 'ad'], level)
