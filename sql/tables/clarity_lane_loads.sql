-- A row is one lane that is loaded: the answer behind the rows of (business_id, date, slice) in clarity_daily_metrics. Written
-- in the same transaction as they are, also when the answer had no row, so that "no visits" and "not loaded" stay apart.
-- asked are the dimensions asked for (url,device); subtracted_sha256 is the second answer behind a recovered lane. asked and
-- normaliser_version are NULL for loads of before they were noted.
create table clarity_lane_loads (
    business_id varchar not null,
    date date not null,
    slice varchar not null,
    rows bigint not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    coverage double not null,
    answer_sha256 varchar not null,
    loaded_at timestamptz not null,
    normaliser_version bigint,
    fetched_at timestamptz,
    subtracted_sha256 varchar,
    subtracted_fetched_at timestamptz,
    asked varchar
)
