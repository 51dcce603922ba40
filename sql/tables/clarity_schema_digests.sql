-- A row is one mart, or everything that is made from the tables: the digest of the SQL that it was made by; or the regime events of
-- one business: the digest of what they follow from.
create table clarity_schema_digests (name varchar not null, digest varchar not null)
