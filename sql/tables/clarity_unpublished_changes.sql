-- A row is a change that a publication does not have: rows of business_id and date were written after it. NULL is every table that
-- tells of dates, every business, every date. Empty in the published file.
create table clarity_unpublished_changes (
    after_publication bigint not null,
    table_name varchar,
    business_id varchar,
    date date
)
