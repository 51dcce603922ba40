-- Values of a business that differ in case alone get one spelling, the first in the order of letters (capitals come first), whatever
-- came first in time, so that a warehouse made anew says the same.
update clarity_value_spellings as spelled
set folded = one.folded, reason = if(spelled.value = one.folded, null, coalesce(spelled.reason, 'spelling'))
from (
    select business_id, dimension, lower(folded) as same, min(folded) as folded
    from clarity_value_spellings
    where business_id = $business_id
    group by all
    having count(distinct folded) > 1
) as one
where spelled.business_id = one.business_id and spelled.dimension = one.dimension and lower(spelled.folded) = one.same
    and (spelled.folded <> one.folded or (spelled.reason is null) <> (spelled.value = one.folded))
