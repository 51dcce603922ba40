-- A row is one campaign, ad set or ad with its days; name, parent and landing page are the newest that were told.
select
    business_id,
    level,
    entity_id,
    arg_max(name, date) as name,
    arg_max(parent_id, date) as parent_id,
    arg_max(landing_url, date) as landing_url,
    list(date order by date) as dates,
    list(map_keys(metrics) order by date) as columns,
    list(map_values(metrics) order by date) as values,
    list(currency order by date) as currencies,
    list(time_zone order by date) as time_zones
from ad_entities
where business_id in (select unnest($business_ids)) and date between $from_date and $to_date
group by business_id, level, entity_id
order by business_id, level, entity_id
