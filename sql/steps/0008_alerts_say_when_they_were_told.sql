-- The day on which an alert had held long enough to be told, and since when nobody can say whether it still holds.
alter table clarity_alerts add column firing_on date;

alter table clarity_alerts add column unknown_since date
