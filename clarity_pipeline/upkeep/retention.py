"""What is old enough to go, and its going: answers of the vault, rows of the warehouse.

Called by `prune` and `orchestration.retention`.

Nothing is forgotten unless a person says how many days are kept. A wrong clock must not empty a home: days are counted back
from yesterday or from the newest date that is there, whichever is earlier. Jobs, calls and evaluations are `old_records`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.home import Home
from clarity_pipeline.warehouse.days import forget_before, held_before, newest_date
from clarity_pipeline.warehouse.transaction import transaction


@dataclass(frozen=True, slots=True)
class Pruned:
    """What goes, or went, of one place: all dates before `kept_from`.

    `items` are answers of the vault or tuples of the warehouse (known and superseded; their marts go with them). `size_bytes`
    is exact for the vault, and for the warehouse its share of the file, which DuckDB uses again and does not give back.
    """

    place: str
    kept_from: date | None
    items: int = 0
    size_bytes: int = 0
    oldest: date | None = None
    newest: date | None = None


def prune_vault(home: Home, *, days: int, forget: bool) -> Pruned:
    """Every date of the vault but the newest `days`; removed only with `forget`."""
    found = home.vault.business_days()
    if not found:
        return Pruned("vault", None)
    kept_from = _kept_from(home, newest=found[-1][0], days=days)
    old = [(day, business_id) for day, business_id in found if day < kept_from]
    weights = [home.vault.weigh(business_id, date=day) for day, business_id in old]
    if forget:
        for day, business_id in old:
            home.vault.forget(business_id, date=day)
    return Pruned(
        "vault",
        kept_from,
        items=sum(answers for answers, _ in weights),
        size_bytes=sum(size for _, size in weights),
        oldest=old[0][0] if old else None,
        newest=old[-1][0] if old else None,
    )


def prune_rows(home: Home, *, days: int, forget: bool) -> Pruned:
    """Every date of the warehouse but the newest `days`, in one transaction; removed only with `forget`."""
    path = home.warehouse.path
    if not path.exists():
        return Pruned("warehouse", None)
    with home.warehouse.connect(what="pruning") as connection:
        newest = newest_date(connection)
        if newest is None:
            return Pruned("warehouse", None)
        kept_from = _kept_from(home, newest=newest, days=days)
        held = held_before(connection, kept_from)
        size = path.stat().st_size
        if forget:
            home.ledger.forget_before(kept_from)
            with transaction(connection):
                forget_before(connection, kept_from)
    return Pruned(
        "warehouse",
        kept_from,
        items=held.rows,
        size_bytes=size * held.rows // max(held.of, 1),
        oldest=held.oldest,
        newest=held.newest,
    )


def retain(home: Home) -> list[Pruned]:
    """What the settings let go: removed with CLARITY_RETENTION=on, else only counted; nothing while no number of days is set."""
    settings = home.settings
    pruned = []
    if settings.vault_days is not None:
        pruned.append(prune_vault(home, days=settings.vault_days, forget=settings.retention_removes))
    if settings.rows_days is not None:
        pruned.append(prune_rows(home, days=settings.rows_days, forget=settings.retention_removes))
    return pruned


def _kept_from(home: Home, *, newest: date, days: int) -> date:
    return min(home.yesterday(), newest) - timedelta(days=days - 1)
