-- Says that one lane is loaded, from which answer or pair of answers, and by which normaliser.
insert into clarity_lane_loads by name
select
    $business_id as business_id,
    $date as date,
    $slice as slice,
    $rows as rows,
    $window_start as window_start,
    $window_end as window_end,
    $coverage as coverage,
    $answer_sha256 as answer_sha256,
    $loaded_at as loaded_at,
    $normaliser_version as normaliser_version,
    $fetched_at as fetched_at,
    $subtracted_sha256 as subtracted_sha256,
    $subtracted_fetched_at as subtracted_fetched_at
