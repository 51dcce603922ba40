-- What is said of how true a lane is, the lists that come without dimensions, and of each load which dimensions were asked for
-- (url,device); NULL for loads of before, which were asked in full.
alter table clarity_lane_loads add column asked varchar;

create table clarity_reconciliation (
    business_id varchar not null,
    date date not null,
    statement varchar not null,
    slice varchar not null,
    other_slice varchar,
    seen double,
    expected double,
    ratio double,
    tolerance double,
    passed boolean,
    reason varchar,
    method varchar,
    offenders varchar[] not null,
    as_of timestamptz not null
);

create table clarity_site_lists (
    business_id varchar not null,
    date date not null,
    list varchar not null,
    rank bigint not null,
    entry varchar,
    sessions bigint,
    is_sample boolean not null
)
