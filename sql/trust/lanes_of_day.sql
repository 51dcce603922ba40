-- A row is one loaded lane of a business and UTC date: which answer it has, and since when.
select
    slice,
    asked,
    window_end,
    loaded_at,
    subtracted_sha256 is not null as is_recovered,
    rows,
    coverage
from clarity_lane_loads
where business_id = $business_id and date = $date
order by slice
