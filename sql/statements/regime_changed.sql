-- A row is one business of which a lane changed since its regime events were told, and the first date of these.
select business_id, min(date) as first_date
from clarity_changed_days
group by business_id
