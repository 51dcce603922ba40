-- A regime event may concern some countries alone: whose visits it is about, and their share of the site before and since.
alter table clarity_regime_events add column country varchar;

alter table clarity_regime_events add column countries varchar [];

alter table clarity_regime_events add column share_before double;

alter table clarity_regime_events add column share_after double
