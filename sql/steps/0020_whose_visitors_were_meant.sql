-- An experiment may say which share of the visitors each variant was meant to get, and its quality how likely the split is by chance.
alter table experiments add column intended_share double;

alter table experiment_quality add column sample_ratio_p double
