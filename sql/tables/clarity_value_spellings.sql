-- A row is one value of a source, medium, campaign or country of one business, as Clarity sent it (after the masker), and what the marts
-- add it up under: `folded`, NULL where nothing was sent. reason: spelling (another way to write it), country_name (another name of the
-- country), empty, placeholder (a template that no ad tool filled in), NULL where it is itself. A value without a row is itself.
create table clarity_value_spellings (
    business_id varchar not null,
    dimension varchar not null,
    value varchar not null,
    folded varchar,
    reason varchar
)
