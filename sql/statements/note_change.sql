-- Notes that rows of $business_id and $date were written in $table_name since the last publication; NULL is all of them. Without a
-- publication there is nothing that could be behind.
insert into clarity_unpublished_changes
select newest.number as after_publication, $table_name as table_name, $business_id as business_id, $date as date
from (select max(number) as number from clarity_publications) as newest
where
    newest.number is not null
    and not exists (
        from clarity_unpublished_changes as noted
        where
            noted.after_publication = newest.number
            and noted.date is not distinct from $date
            and noted.business_id is not distinct from $business_id
            and noted.table_name is not distinct from $table_name
    )
