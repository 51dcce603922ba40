-- Forgets what was said of a span of businesses and UTC dates.
delete from clarity_reconciliation
where date between $from_date and $to_date and business_id between $from_business and $to_business
