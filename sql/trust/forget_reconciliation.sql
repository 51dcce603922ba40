-- Forgets what was said of one business and UTC date.
delete from clarity_reconciliation
where business_id = $business_id and date = $date
