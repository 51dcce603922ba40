-- Says of each load which dimensions were asked for (url,device); NULL for loads of before, which were asked in full.
alter table clarity_lane_loads add column asked varchar
