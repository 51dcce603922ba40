-- A row is one attempt at one lane, as the state database knew it when this file was published. parser_version is of the parser
-- that could not read the kept answer; a newer one looks at it again, without a call.
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
    loaded_at timestamptz,
    parser_version bigint
)
