-- A job names the parser that refused its answer. Lists name the slice whose answer they came with: they came with totals alone.
alter table clarity_sync_jobs add column parser_version bigint;

alter table clarity_site_lists add column slice varchar;

update clarity_site_lists set slice = 'totals'
