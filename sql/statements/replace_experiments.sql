-- Rows of `imported` take the place of those with the same business, date, experiment and variant.
delete from experiments as old
using imported as new
where
    old.business_id = new.business_id and old.date = new.date
    and old.experiment = new.experiment and old.variant = new.variant;

insert into experiments by name select * from imported
