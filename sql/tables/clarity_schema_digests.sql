-- A row is one mart, or everything that is made from the tables: the digest of the SQL that it was made by.
create table clarity_schema_digests (name varchar not null, digest varchar not null)
