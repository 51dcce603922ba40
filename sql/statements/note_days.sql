-- The same as note_change for many businesses and dates of one table; the two lists are pairs.
insert into clarity_unpublished_changes
select distinct newest.number as after_publication, $table_name as table_name, written.business_id, written.date
from (select unnest($business_ids::varchar[]) as business_id, unnest($dates::date[]) as date) as written
cross join (select max(number) as number from clarity_publications) as newest
where
    newest.number is not null
    and not exists (
        from clarity_unpublished_changes as noted
        where
            noted.after_publication = newest.number and noted.table_name = $table_name
            and noted.business_id = written.business_id and noted.date = written.date
    )
