-- Stretches of days that cannot be compared with those before.
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
