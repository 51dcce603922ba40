"""The way of the data: clarity, calls, vault, normalize, warehouse, trust, rules, alerts.

`day` walks a day's data along it, `orchestration` says when and for whom; `cli`, `panel` and `upkeep` are for people.
`state` and `connections` know who is synced, `imports` what others deliver, `home` opens one CLARITY_HOME; `simulator` is a fake.
"""
