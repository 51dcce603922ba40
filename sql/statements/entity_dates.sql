-- A row is one business and date of which a campaign, ad set or ad is imported.
select distinct business_id, date
from ad_entities
where business_id in (select unnest($business_ids)) and date between $from_date and $to_date
order by all
