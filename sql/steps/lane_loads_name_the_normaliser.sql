-- Says of each load by which normaliser its rows were made; NULL for loads of before.
alter table clarity_lane_loads add column normaliser_version bigint
