-- Of each load when its answer was fetched and, of a recovered lane, which answer was subtracted from it.
alter table clarity_lane_loads add column fetched_at timestamptz;
alter table clarity_lane_loads add column subtracted_sha256 varchar;
alter table clarity_lane_loads add column subtracted_fetched_at timestamptz;
update clarity_lane_loads set fetched_at = window_end
