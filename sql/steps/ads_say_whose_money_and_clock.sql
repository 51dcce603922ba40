-- Rows of ad entities name their currency (ISO 4217) and the time zone whose days they count (IANA); NULL where nobody said.
alter table ad_entities add column if not exists currency varchar;

alter table ad_entities add column if not exists time_zone varchar
