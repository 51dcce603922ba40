-- A row is one load of an imported file: which table it went to (`delivers`: entities or experiments), its name and the SHA-256 of
-- its content, its rows, the businesses and dates in it.
create table clarity_deliveries (
    delivers varchar not null,
    source varchar not null,
    sha256 varchar not null,
    rows bigint not null,
    businesses varchar[] not null,
    from_date date not null,
    to_date date not null,
    loaded_at timestamptz not null
)
