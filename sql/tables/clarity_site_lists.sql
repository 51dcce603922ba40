-- A row is one entry of one of the seven lists that Clarity sends without dimensions (device, country, browser, os, page_title,
-- referrer, popular_page) for one business, UTC date and slice: totals, or the lane whose answer held a list besides. The lists are short top lists, never the whole: is_sample is always true.
-- sessions of a popular_page are what Clarity calls visits. URLs are canonical, without query; rank counts from 1.
create table clarity_site_lists (
    business_id varchar not null,
    date date not null,
    list varchar not null,
    rank bigint not null,
    entry varchar,
    sessions bigint,
    is_sample boolean not null,
    slice varchar
)
