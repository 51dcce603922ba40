-- A row is one statement about how true a lane of one business and UTC date is, alone or beside another lane: what was seen against
-- what was expected. passed is NULL, with a reason, where nothing can be said. Made anew whenever a lane of the date is loaded.
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
)
