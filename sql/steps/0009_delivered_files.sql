-- What others deliver in files: ad entities, experiments, what came of these, and which file was loaded when.
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
    loaded_at timestamptz not null
);

create table experiments (
    business_id varchar not null,
    date date not null,
    experiment varchar not null,
    variant varchar not null,
    is_control boolean not null,
    url_pattern varchar,
    campaign_pattern varchar,
    visitors bigint not null,
    conversions bigint not null,
    source varchar not null,
    source_sha256 varchar not null,
    loaded_at timestamptz not null
);

create table experiment_quality (
    business_id varchar not null,
    experiment varchar not null,
    variant varchar not null,
    is_control boolean not null,
    from_date date not null,
    to_date date not null,
    days bigint not null,
    visitors bigint not null,
    conversions bigint not null,
    conversion_rate double,
    conversion_rate_low double,
    conversion_rate_high double,
    conversion_rate_difference double,
    conversion_rate_p double,
    days_with_clarity bigint not null,
    sessions bigint not null,
    rage_click_sessions bigint not null,
    rage_click_share double,
    rage_click_share_low double,
    rage_click_share_high double,
    rage_click_share_difference double,
    rage_click_share_p double,
    dead_click_sessions bigint not null,
    dead_click_share double,
    dead_click_share_low double,
    dead_click_share_high double,
    dead_click_share_difference double,
    dead_click_share_p double,
    more_conversions_and_more_frustration boolean,
    said varchar not null
);

create table clarity_deliveries (
    delivers varchar not null,
    source varchar not null,
    sha256 varchar not null,
    rows bigint not null,
    businesses varchar[] not null,
    from_date date not null,
    to_date date not null,
    loaded_at timestamptz not null
)
