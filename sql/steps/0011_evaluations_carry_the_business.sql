-- What Clarity says of the business and of the landing page of an ad entity, beside each evaluation of it.
alter table clarity_rule_evaluations add column attached json
