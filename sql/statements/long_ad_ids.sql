-- A row is one business and kind (a level, or parents) with its stored ids that a number of a spreadsheet cannot hold.
select business_id, kind, list(distinct id) as ids
from (
    select business_id, level as kind, entity_id as id from ad_entities
    union all
    select business_id, 'parents', parent_id from ad_entities
)
where length(id) > 15 and regexp_full_match(id, '[0-9]+')
group by business_id, kind
