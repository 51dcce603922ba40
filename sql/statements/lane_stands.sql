-- A row is whether the rows of one lane and those of the Arrow table `lane` say the same: as many, and none that is not there.
select
    (
        select count(*) from clarity_daily_metrics
        where business_id = $business_id and date = $date and slice = $slice
    ) = (select count(*) from lane)
    and not exists (
        select
            -- include statements/lane_columns
        from clarity_daily_metrics
        where business_id = $business_id and date = $date and slice = $slice
        except all
        select
            -- include statements/lane_columns
        from lane
    )
