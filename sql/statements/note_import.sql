-- One load of an imported file.
insert into clarity_deliveries by name
select
    $delivers as delivers, $source as source, $sha256 as sha256, $rows as rows, $businesses as businesses,
    $from_date as from_date, $to_date as to_date, $loaded_at as loaded_at
