-- A row is a business and UTC date of which a lane changed since regime events were told. Empty in the published file.
create table clarity_changed_days (
    business_id varchar,
    date date not null
)
