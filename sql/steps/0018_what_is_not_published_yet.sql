-- A published file is brought to the newest state by what changed since: the publications that are known, and the changes behind them.
create table clarity_publications (
    number bigint not null,
    token varchar not null,
    payload_from date,
    file varchar
);

create table clarity_unpublished_changes (
    after_publication bigint not null,
    table_name varchar,
    business_id varchar,
    date date
)
