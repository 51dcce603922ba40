-- A row is one incident: a rule that fired for a business, from the day it opened until it resolved.
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
    summary varchar
)
