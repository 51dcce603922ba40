-- A row is one numeric column of one business that has rows and no entry among the columns.
select distinct business_id, name
from (select business_id, unnest(map_keys(metrics)) as name from ad_entities) as told
anti join ad_entity_columns using (business_id, name)
