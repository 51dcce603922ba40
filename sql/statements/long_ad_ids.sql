-- A row is one business with its stored ids of ads, ad sets and campaigns that a number of a spreadsheet cannot hold.
select business_id, list(distinct id) as ids
from (
    select business_id, entity_id as id from ad_entities
    union all
    select business_id, parent_id from ad_entities
)
where length(id) > 15 and regexp_full_match(id, '[0-9]+')
group by business_id
