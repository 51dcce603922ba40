-- A row is one stretch of days of one business in which its numbers cannot be compared with those before; ended_on, its last day, is
-- NULL while it lasts. Made anew from the history of days before each evaluation. country names the countries that it is about, the
-- largest first, NULL for the whole site; countries are the same as a list, share_before and share_after their share of the site's
-- page visits (0..1) in the normal days of before and in its own.
create table clarity_regime_events (
    business_id varchar not null,
    kind varchar not null,
    started_on date not null,
    ended_on date,
    seen double not null,
    expected double not null,
    evidence varchar not null,
    normal_from date,
    normal_to date,
    country varchar,
    countries varchar [],
    share_before double,
    share_after double
)
