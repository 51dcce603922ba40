-- A row is one step that brought this file to its layout; the greatest version is what the file is.
create table clarity_schema_versions (version bigint not null)
