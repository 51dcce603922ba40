-- Notes what the answer of one lane was found to be; since and times are counted after it.
insert into clarity_findings by name
select
    $business_id as business_id,
    $date as date,
    $slice as slice,
    $metric::varchar as metric,
    $code as code,
    $severity as severity,
    $figure::double as figure,
    $date as since,
    1 as times
