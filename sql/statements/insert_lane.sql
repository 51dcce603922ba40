-- Loads the Arrow table `lane`; every column is named, so that a missing one is an error and never a silent NULL.
insert into clarity_daily_metrics by name
select
    loaded_at,
    -- include statements/lane_columns
from lane
