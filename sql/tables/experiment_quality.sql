-- A row is one variant of one experiment over all its dates so far: conversions as imported, rage and dead clicks as Clarity saw
-- them on its pages (shares of sessions), each with its 95 % interval and, against the control, difference and two-sided p, which
-- holds however often it is looked at. sample_ratio_p is the chance of such a split of the visitors where the intended one is at
-- work; below 0.001 nothing else is told. Made anew whenever experiments are loaded and before each `publish`. The last flag is
-- NULL where it cannot be told; `said` says why.
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
    said varchar not null,
    sample_ratio_p double
)
