-- A row is one lane that is loaded: the answer behind the rows of (business_id, date, slice) in clarity_daily_metrics. Written
-- in the same transaction as they are, also when the answer had no row, so that "no visits" and "not loaded" stay apart.
create table clarity_lane_loads (
    business_id varchar not null,
    date date not null,
    slice varchar not null,
    rows bigint not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    coverage double not null,
    answer_sha256 varchar not null,
    loaded_at timestamptz not null
)
