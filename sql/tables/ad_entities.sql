-- A row is one campaign, ad set or ad (`level`) of one business on one date, as its ad platform tells it: imported from a file, not
-- by Clarity. landing_url is canonical and masked like url_day.url, so the two join. metrics holds every numeric column of the file
-- by its name; a cell that was empty has no entry. source is the file's name, source_sha256 its content.
-- currency (ISO 4217) is that of its money, time_zone (IANA) that of the account whose day the date is; NULL where nobody said.
create table ad_entities (
    business_id varchar not null,
    date date not null,
    level varchar not null,
    entity_id varchar not null,
    parent_id varchar,
    name varchar,
    landing_url varchar,
    metrics map(varchar, double) not null,
    source varchar not null,
    source_sha256 varchar not null,
    loaded_at timestamptz not null,
    currency varchar,
    time_zone varchar
)
