-- A row is one thing that is known to be wrong, missing or odd in one lane of a business and UTC date: what code says (the page on
-- findings has every code), about metric: a column of clarity_daily_metrics, or Clarity's name of what it sent; NULL for the whole lane.
-- figure is a number whose meaning the code fixes. since is the first date since when it stands on every loaded date of the lane,
-- times on how many of them up to this one. Written with the lane, and gone with it.
create table clarity_findings (
    business_id varchar not null,
    date date not null,
    slice varchar not null,
    metric varchar,
    code varchar not null,
    severity varchar not null,
    figure double,
    since date not null,
    times bigint not null
)
