-- Rows of `imported` take the place of those with the same business, date, level and id.
delete from ad_entities as old
using imported as new
where old.business_id = new.business_id and old.date = new.date and old.level = new.level and old.entity_id = new.entity_id;

insert into ad_entities by name
select * exclude (metric_names, metric_values), map(metric_names, metric_values) as metrics from imported
