-- A row is one rule evaluated for one business on one UTC date (the last day of its window), with the values it saw. It is
-- about the business, a page or an ad entity (`scope`, `entity`); the numbers are those of the leaf that decided, n the sessions of
-- its window, attached what Clarity says of the business and of the landing page of an ad entity.
create table clarity_rule_evaluations (
    rule_id varchar,
    business_id varchar,
    scope varchar,
    entity varchar,
    date date,
    revision bigint,
    outcome varchar,
    reason varchar,
    entity_name varchar,
    n bigint,
    "value" double,
    expected double,
    threshold double,
    p double,
    quality json,
    evidence json,
    evaluated_at timestamptz,
    attached json
)
