-- Adds the registered `spelled` values that the business has no row of yet; gives the business of each.
insert into clarity_value_spellings
select business_id, dimension, value, folded, reason
from spelled
where not exists (
    from clarity_value_spellings as known
    where known.business_id = spelled.business_id and known.dimension = spelled.dimension and known.value = spelled.value
)
returning business_id
