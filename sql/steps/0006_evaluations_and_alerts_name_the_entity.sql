-- A rule may be about a page or an ad entity: `scope` and `entity` (empty for a business) say which. The numbers are those of
-- the leaf that decided, in its metric's unit; `n` is the sessions of its window.
create or replace table clarity_rule_evaluations as
select
    rule_id, business_id, 'business' as scope, '' as entity, date, revision, outcome, reason,
    null::varchar as entity_name, null::bigint as n, null::double as "value", null::double as expected,
    null::double as threshold, null::double as p, null::json as quality, evidence, evaluated_at
from clarity_rule_evaluations;

alter table clarity_alerts add column scope varchar;

alter table clarity_alerts add column entity varchar;

alter table clarity_alerts add column entity_name varchar
