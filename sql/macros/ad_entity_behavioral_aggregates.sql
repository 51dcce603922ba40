-- A row is one campaign, ad set or ad of one business over the dates from_date to to_date, both included: `metrics` are its numbers
-- by column, each joined over the days as `ad_entity_columns` says (a sum, the newest, a weighted mean; a platform's own ratio only
-- of a single row), cpa to cpm the ratios of its sums, clarity_* those of the whole business and url_clarity_* those of its landing
-- page, NULL where Clarity has no data or the entity no landing page. ctr and cvr are shares, 0 to 1. An entity has its row whether
-- or not Clarity has any data. Money of several currencies is never added up: it is missing then, `currency` and what is made of it
-- NULL. The dates of ads are those of their account's time zone, Clarity's those of UTC. `days` are those that the ad platform told
-- of; of Clarity's numbers days_asked, days_with_data and what follows say what stands behind them.
create or replace macro ad_entity_behavioral_aggregates(business, from_date, to_date) as table
with told as (
    select
        *,
        coalesce(metrics['spend'], metrics['cost'], metrics['amount_spent']) as spent,
        coalesce(
            metrics['conversion_value'], metrics['conversions_value'], metrics['purchase_value'], metrics['revenue']
        ) as earned,
        min(coalesce(currency, '')) over each_entity = max(coalesce(currency, '')) over each_entity as one_currency
    from ad_entities
    where business_id = business and date between from_date and to_date
    window each_entity as (partition by level, entity_id)
),
entities as (
    select
        level,
        entity_id,
        arg_max(parent_id, date) as parent_id,
        arg_max(name, date) as name,
        arg_max(landing_url, date) as landing_url,
        count(*) as days
    from told
    group by level, entity_id
),
ratios as (
    select
        level,
        entity_id,
        if(one_currency, max(currency), null) as currency,
        if(one_currency, sum_over_sum(spent, metrics['conversions']), null) as cpa,
        if(one_currency, sum_over_sum(spent, metrics['clicks']), null) as cpc,
        sum_over_sum(metrics['clicks'], metrics['impressions']) as ctr,
        sum_over_sum(metrics['conversions'], metrics['clicks']) as cvr,
        if(one_currency, sum_over_sum(earned, spent), null) as roas,
        if(one_currency, 1000 * sum_over_sum(spent, metrics['impressions']), null) as cpm
    from told
    group by level, entity_id, one_currency
),
numbers as (
    select
        level, entity_id, date, one_currency, metrics,
        unnest(map_keys(metrics)) as metric,
        unnest(map_values(metrics)) as number
    from told
),
joined as (
    select
        level,
        entity_id,
        metric,
        case any_value(coalesce(fold, 'sum'))
            when 'sum' then sum(number)
            when 'last' then arg_max(number, date)
            when 'mean' then sum(number * metrics[weight]) / nullif(sum(metrics[weight]), 0)
            else if(count(*) = 1, any_value(number), null)
        end as number
    from numbers
    left join ad_entity_columns as said on said.business_id = business and said.name = metric
    where one_currency or unit is distinct from 'money'
    group by level, entity_id, metric
),
totals as (
    select level, entity_id, map(list(metric order by metric), list(number order by metric)) as metrics
    from joined
    where number is not null
    group by level, entity_id
),
whole as (
    select
        -- generated: behavioral_measures
        -- The ten metrics of the rules, over rows of the url_device lane alone (the other lanes hold the same sessions
        -- again), so by visit of a page. Rates are sum over sum, averages are weighted by visits; NULL without data, and
        -- without visits for what is divided by them. A number that cannot be is left out, with its visits in a rate.
        sum(sessions)::bigint as clarity_sessions,
        (sum(rage_clicks) filter (rage_clicks >= 0))::bigint as clarity_rage_clicks,
        (sum(dead_clicks) filter (dead_clicks >= 0))::bigint as clarity_dead_clicks,
        (sum(excessive_scroll) filter (excessive_scroll >= 0))::bigint as clarity_excessive_scroll,
        (sum(quick_backs) filter (quick_backs >= 0))::bigint as clarity_quick_backs,
        sum(rage_clicks) filter (rage_clicks >= 0) / nullif(sum(sessions) filter (coalesce(rage_clicks >= 0, truncated)), 0) as clarity_rage_click_rate,
        sum(dead_clicks) filter (dead_clicks >= 0) / nullif(sum(sessions) filter (coalesce(dead_clicks >= 0, truncated)), 0) as clarity_dead_click_rate,
        sum(quick_backs) filter (quick_backs >= 0) / nullif(sum(sessions) filter (coalesce(quick_backs >= 0, truncated)), 0) as clarity_quick_back_rate,
        sum(scroll_depth * sessions) filter (scroll_depth between 0 and 100) / nullif(sum(sessions) filter (scroll_depth between 0 and 100), 0) as clarity_scroll_depth,
        sum(engagement_time_ms::double * sessions) filter (engagement_time_ms >= 0) / nullif(sum(sessions) filter (engagement_time_ms >= 0), 0) as clarity_engagement_time_ms
        -- end of what is generated
    from clarity_daily_metrics
    where slice = 'url_device' and business_id = business and date between from_date and to_date
),
pages as (
    select
        url,
        -- generated: behavioral_measures
        -- The ten metrics of the rules, over rows of the url_device lane alone (the other lanes hold the same sessions
        -- again), so by visit of a page. Rates are sum over sum, averages are weighted by visits; NULL without data, and
        -- without visits for what is divided by them. A number that cannot be is left out, with its visits in a rate.
        sum(sessions)::bigint as clarity_sessions,
        (sum(rage_clicks) filter (rage_clicks >= 0))::bigint as clarity_rage_clicks,
        (sum(dead_clicks) filter (dead_clicks >= 0))::bigint as clarity_dead_clicks,
        (sum(excessive_scroll) filter (excessive_scroll >= 0))::bigint as clarity_excessive_scroll,
        (sum(quick_backs) filter (quick_backs >= 0))::bigint as clarity_quick_backs,
        sum(rage_clicks) filter (rage_clicks >= 0) / nullif(sum(sessions) filter (coalesce(rage_clicks >= 0, truncated)), 0) as clarity_rage_click_rate,
        sum(dead_clicks) filter (dead_clicks >= 0) / nullif(sum(sessions) filter (coalesce(dead_clicks >= 0, truncated)), 0) as clarity_dead_click_rate,
        sum(quick_backs) filter (quick_backs >= 0) / nullif(sum(sessions) filter (coalesce(quick_backs >= 0, truncated)), 0) as clarity_quick_back_rate,
        sum(scroll_depth * sessions) filter (scroll_depth between 0 and 100) / nullif(sum(sessions) filter (scroll_depth between 0 and 100), 0) as clarity_scroll_depth,
        sum(engagement_time_ms::double * sessions) filter (engagement_time_ms >= 0) / nullif(sum(sessions) filter (engagement_time_ms >= 0), 0) as clarity_engagement_time_ms
        -- end of what is generated
    from clarity_daily_metrics
    where slice = 'url_device' and business_id = business and date between from_date and to_date
    group by url
)
select
    entities.*,
    totals.metrics,
    whole.*,
    pages.clarity_sessions as url_clarity_sessions,
    pages.clarity_rage_clicks as url_clarity_rage_clicks,
    pages.clarity_dead_clicks as url_clarity_dead_clicks,
    pages.clarity_excessive_scroll as url_clarity_excessive_scroll,
    pages.clarity_quick_backs as url_clarity_quick_backs,
    pages.clarity_rage_click_rate as url_clarity_rage_click_rate,
    pages.clarity_dead_click_rate as url_clarity_dead_click_rate,
    pages.clarity_quick_back_rate as url_clarity_quick_back_rate,
    pages.clarity_scroll_depth as url_clarity_scroll_depth,
    pages.clarity_engagement_time_ms as url_clarity_engagement_time_ms,
    ratios.currency,
    ratios.cpa,
    ratios.cpc,
    ratios.ctr,
    ratios.cvr,
    ratios.roas,
    ratios.cpm,
    behind.days as days_asked,
    behind.* exclude (days)
from entities
left join totals using (level, entity_id)
left join ratios using (level, entity_id)
cross join whole
left join pages on pages.url = entities.landing_url
cross join dates_behind(business, 'url_device', from_date, to_date) as behind
order by entities.level, entities.entity_id
