-- Forgets the lists of one business and UTC date.
delete from clarity_site_lists
where business_id = $business_id and date = $date
