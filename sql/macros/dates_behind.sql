-- A row is what stands behind the sums of one lane of a business over the dates from_date to to_date, both included: days that were
-- asked for and days_with_data, which are fewer where answers are missing (a day without visits is data), the worst quality, the
-- lowest coverage of a date, whether a date is cut at 1,000 rows, and how many findings above severity info stand on these dates.
-- Always one row.
create or replace macro dates_behind(business, of_slice, from_date, to_date) as table
select
    (to_date::date - from_date::date + 1)::bigint as days,
    behind.*,
    (
        select count(*)
        from clarity_findings
        where slice = of_slice and business_id = business and date between from_date and to_date and severity <> 'info'
    ) as findings
from (
    select
        count(*) as days_with_data,
        arg_max(told.quality, list_position(['aligned', 'shifted', 'recovered'], told.quality)) as quality,
        min(loads.coverage) as coverage,
        bool_or(coalesce(told.truncated, false)) as truncated
    from clarity_lane_loads as loads
    left join (
        select
            date,
            arg_max(quality, list_position(['aligned', 'shifted', 'recovered'], quality)) as quality,
            bool_or(truncated) as truncated
        from clarity_daily_metrics
        where slice = of_slice and business_id = business and date between from_date and to_date
        group by date
    ) as told using (date)
    where loads.slice = of_slice and loads.business_id = business and loads.date between from_date and to_date
) as behind
