-- A row is one variant of one experiment of one business on one date, as whoever runs the experiment tells it. What Clarity saw of
-- the variant are the pages that url_pattern matches or, where that is NULL, the campaigns that campaign_pattern matches (globs:
-- `*` is any text). intended_share is the part of the visitors that the variant was meant to get, 0 to 1; NULL: as many as the others.
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
    loaded_at timestamptz not null,
    intended_share double
)
