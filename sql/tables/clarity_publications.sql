-- A row is one publication of this file: in the published file itself, and in the working file those that are still somewhere. The
-- number counts up, the token is of that one publication alone. raw_payload is published from payload_from on, NULL is of every date.
-- file tells the file that it was written to; NULL until that is in its place.
create table clarity_publications (
    number bigint not null,
    token varchar not null,
    payload_from date,
    file varchar
)
