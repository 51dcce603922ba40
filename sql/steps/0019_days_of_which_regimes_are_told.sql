-- Which business-days changed since the regime events were told, so that nobody reads all loads to learn that nothing did.
create table clarity_changed_days (
    business_id varchar,
    date date not null
)
