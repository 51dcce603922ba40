-- A row is one numeric column of one business that a file said something of.
select business_id, name, fold, weight, unit
from ad_entity_columns
where declared and business_id in (select unnest($business_ids))
