-- The tables of the first release. raw_payload is compressed with zstd: it is most of the file.
create table clarity_schema_versions (version bigint not null);

create table clarity_daily_metrics (
    business_id varchar not null,
    date date not null,
    slice varchar not null,
    dimension_hash varchar not null,
    url varchar,
    device varchar,
    country varchar,
    source varchar,
    medium varchar,
    campaign varchar,
    channel varchar,
    browser varchar,
    os varchar,
    sessions bigint,
    bot_sessions bigint,
    distinct_users bigint,
    pages_per_session double,
    scroll_depth double,
    engagement_time_ms bigint,
    total_time_ms bigint,
    dead_clicks bigint,
    rage_clicks bigint,
    excessive_scroll bigint,
    quick_backs bigint,
    script_errors bigint,
    error_clicks bigint,
    dead_click_sessions bigint,
    rage_click_sessions bigint,
    excessive_scroll_sessions bigint,
    quick_back_sessions bigint,
    script_error_sessions bigint,
    error_click_sessions bigint,
    raw_payload json using compression zstd,
    window_start timestamptz,
    window_end timestamptz,
    fetched_at timestamptz,
    loaded_at timestamptz,
    quality varchar,
    coverage double,
    truncated boolean,
    rows_merged bigint
);

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
);

create table clarity_sync_jobs (
    job_id bigint,
    business_id varchar,
    date date,
    slice varchar,
    attempt bigint,
    state varchar,
    reason varchar,
    detail varchar,
    http_status bigint,
    calls bigint,
    rows bigint,
    window_start timestamptz,
    window_end timestamptz,
    answer_sha256 varchar,
    dagster_run_id varchar,
    started_at timestamptz,
    finished_at timestamptz,
    loaded_at timestamptz
);

create table clarity_alerts (
    alert_id varchar,
    rule_id varchar,
    business_id varchar,
    severity varchar,
    state varchar,
    opened_on date,
    last_fired_on date,
    resolved_on date,
    last_evaluated_on date,
    summary varchar
);

create table clarity_rule_evaluations (
    rule_id varchar,
    business_id varchar,
    date date,
    revision bigint,
    outcome varchar,
    reason varchar,
    evidence json,
    evaluated_at timestamptz
)
