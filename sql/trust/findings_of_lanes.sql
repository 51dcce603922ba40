-- A row is a finding that follows from whole lanes and from what was said of them: of all businesses and dates; DuckDB pushes a filter on those two down.
with codes as (
    select *
    from (
        values
        -- generated: codes_of_rows
        ('impossible_number', 'error', null, null),
        ('tuple_is_twice', 'error', null, null),
        ('lane_cut', 'warning', null, null),
        ('date_not_covered', 'warning', null, null),
        ('visits_differ', 'warning', 'lanes_tell_the_same_visits', 'sessions'),
        ('events_differ', 'warning', 'lanes_tell_the_same_events', null),
        ('bot_share_differs', 'warning', 'lanes_tell_the_same_bot_share', 'bot_sessions'),
        ('urls_differ', 'warning', 'lanes_tell_the_same_urls', 'url'),
        ('visits_beside_totals', 'warning', 'visits_fit_the_totals', 'sessions'),
        ('events_beside_totals', 'warning', 'events_fit_the_totals', null),
        ('mostly_bots', 'warning', 'bots_are_the_smaller_part', 'bot_sessions'),
        ('users_far_above_sessions', 'warning', 'users_fit_the_sessions', 'distinct_users'),
        ('unfilled_placeholder', 'warning', null, null),
        ('broken_page_address', 'warning', null, 'url'),
        ('lanes_apart', 'info', 'lanes_share_a_window', null),
        ('users_above_sessions', 'info', null, 'distinct_users')
        -- end of what is generated
    ) as registered (code, severity, statement, metric)
),
found as (
    select business_id, date, slice, 'date_not_covered' as code, coverage as figure
    from clarity_lane_loads
    where coverage < 0.98
    union all by name
    select cut.business_id, cut.date, cut.slice, 'lane_cut' as code, told.ratio as figure
    from (
        select business_id, date, slice
        from clarity_daily_metrics
        group by business_id, date, slice
        having bool_or(truncated)
    ) as cut
    left join clarity_reconciliation as told
        on told.business_id = cut.business_id and told.date = cut.date and told.slice = cut.slice
        and told.statement = 'lane_tells_all_visits' and told.method is not null
    union all by name
    select business_id, date, slice, codes.metric, codes.code, max_by(seen - expected, abs(seen - expected)) as figure
    from clarity_reconciliation
    join codes using (statement)
    where not passed
    group by business_id, date, slice, codes.metric, codes.code
    union all by name
    select business_id, date, slice, 'distinct_users' as metric, 'users_above_sessions' as code, seen as figure
    from clarity_reconciliation
    where statement = 'users_fit_the_sessions' and seen > 0 and passed
)

select found.business_id, found.date, found.slice, found.metric, found.code, codes.severity, found.figure
from found
join codes using (code)
