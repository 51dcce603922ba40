-- A row is one rule evaluated for one business on one UTC date (the last day of its window), with the values it saw.
create table clarity_rule_evaluations (
    rule_id varchar,
    business_id varchar,
    date date,
    revision bigint,
    outcome varchar,
    reason varchar,
    evidence json,
    evaluated_at timestamptz
)
