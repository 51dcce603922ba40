-- A row is one business and what its regime events follow from, in one number: the loads of the two lanes that they are read from.
-- Answers, and the instants since when rows stand, change with whatever changes the rows.
select
    business_id,
    count(*) || ':' || bit_xor(hash(date, slice, answer_sha256, subtracted_sha256, loaded_at, normaliser_version, asked, rows)) as digest
from clarity_lane_loads
where slice in ('url_device', 'url_country')
group by business_id
order by business_id
