-- A row is one incident: a rule that fired for a business, a page or an ad entity (`scope`, `entity`), from the day it
-- opened until it resolved. firing_on is the day on which it had held long enough to be told; since unknown_since nobody can say
-- whether it still holds.
create table clarity_alerts (
    alert_id varchar,
    rule_id varchar,
    business_id varchar,
    severity varchar,
    state varchar,
    opened_on date,
    last_fired_on date,
    resolved_on date,
    last_evaluated_on date,
    summary varchar,
    scope varchar,
    entity varchar,
    entity_name varchar,
    firing_on date,
    unknown_since date
)
