-- By which SQL the marts were made, so that one is made anew when its select changes. A file of before has the marts of its time:
-- those of layout 10 and 11 were made by selects of these digests; older ones lack columns, and are made anew for that.
create table clarity_schema_digests (name varchar not null, digest varchar not null);

insert into clarity_schema_digests values
    ('business_day', '24719109280b745f29f805ebc06aaf3c9e39afe47656ccd700fbf27a60feb5de'),
    ('url_day', 'd87b647fe9452fa2ae08281a27499d733f516cf75c7cce67764147f0889eaf14'),
    ('host_day', '255f0f497292508fae692b92b5093e7f003959edf033a9ee846d69d8d2ec15a8'),
    ('device_day', 'e8d5d16c5f79f31e90dec2f0b7a97e6040a5e39a90d7ee72cad575b66dd0fa16'),
    ('source_day', 'd67e0e8febacaeb9321f176141260d78f8d7352e7caabb2ff81d52de890daeb1'),
    ('country_day', 'b205bdc85bc373864da346ba440d904702bf2ba284ace0a151b96122bf634ffd'),
    ('campaign_day', 'f9b936229baa8a5c8f1b16ae8a356457dc4d43225a70ee1912e6d4780cad3900'),
    ('site_day', '93da9b79fe84569e35dffe85c47e9fa83ddc690a11387d882e5901e6e565b93f')
