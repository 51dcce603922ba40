-- A row is one stretch of days of one business in which its numbers cannot be compared with those before; ended_on, its last day, is
-- NULL while it lasts. Made anew from the history of days before each evaluation.
create table clarity_regime_events (
    business_id varchar not null,
    kind varchar not null,
    started_on date not null,
    ended_on date,
    seen double not null,
    expected double not null,
    evidence varchar not null,
    normal_from date,
    normal_to date
)
