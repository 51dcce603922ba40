-- What is known to be wrong, missing or odd in each lane.
create table clarity_findings (
    business_id varchar not null,
    date date not null,
    slice varchar not null,
    metric varchar,
    code varchar not null,
    severity varchar not null,
    figure double,
    since date not null,
    times bigint not null
)
