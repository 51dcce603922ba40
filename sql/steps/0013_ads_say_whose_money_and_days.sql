-- Rows of ad entities name their currency (ISO 4217) and the time zone whose days they count (IANA), NULL where nobody said; and how
-- the days of each of their columns are joined is kept: by its name, until a file says. A platform's own ratio is of one row alone.
alter table ad_entities add column currency varchar;

alter table ad_entities add column time_zone varchar;

create table ad_entity_columns (
    business_id varchar not null,
    name varchar not null,
    fold varchar not null,
    weight varchar,
    unit varchar,
    declared boolean not null
);

insert into ad_entity_columns
select
    business_id,
    name,
    if(
        regexp_full_match(
            name,
            '(?:.*_)?(?:cpa|cpc|ctr|cvr|roas|cpm|cpl|cpv|cpi|cps|acos|vtr|rate|ratio|percent|percentage|pct|share|frequency)'
        )
        or regexp_full_match(name, '(?:cost|clicks|spend|value|revenue|conversions|impressions)_per_.+')
        or regexp_full_match(name, '.+_per_(?:click|conversion|result|purchase|lead|install|view|impression|session|user|day)s?')
        or regexp_full_match(name, '(?:.+_)?(?:avg|average|mean|median)(?:_.+)?'),
        'single',
        'sum'
    ) as fold,
    null as weight,
    if(
        name in (
            'amount_spent', 'budget', 'conversion_value', 'conversions_value', 'cost',
            'daily_budget', 'purchase_value', 'revenue', 'sales', 'spend'
        ),
        'money',
        null
    ) as unit,
    false as declared
from (select distinct business_id, unnest(map_keys(metrics)) as name from ad_entities) as told
order by business_id, name
