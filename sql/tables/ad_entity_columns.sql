-- A row is one numeric column of the ad entities of one business, and how its numbers are joined over days: `fold` is sum, last (the
-- newest day's), mean (weighted by the column `weight`) or single (a ratio of a platform's own, which no sum means anything of: one
-- row at a time). `unit` is money, in the currency of each row, or a word. `declared` where a file said so, else it is by its name.
create table ad_entity_columns (
    business_id varchar not null,
    name varchar not null,
    fold varchar not null,
    weight varchar,
    unit varchar,
    declared boolean not null
)
