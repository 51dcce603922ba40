-- A row is one dimension tuple as it was known at an instant (with zone): loaded by then and not superseded yet.
create or replace macro clarity_daily_metrics_as_known_at(instant) as table
select * from clarity_daily_metrics
where loaded_at <= instant
union all by name
select * exclude (superseded_at) from clarity_daily_metrics_history
where loaded_at <= instant and instant < superseded_at
