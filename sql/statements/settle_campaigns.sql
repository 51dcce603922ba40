-- Rows of campaign_day that were added up under a spelling which is not the one any more; a date has one row a campaign and channel
-- before and after.
update campaign_day as told
set campaign = one.folded
from (
    select distinct folded
    from clarity_value_spellings
    where business_id = $business_id and dimension = 'campaign' and folded is not null
) as one
where told.business_id = $business_id and lower(told.campaign) = lower(one.folded) and told.campaign <> one.folded
returning told.business_id, told.date
