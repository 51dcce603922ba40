"""What a person says of a business's site: which one it has, that held-back answers are meant, or that loaded ones are not.

Behind `update --site`, `accept` and the panel. Nothing here loads a lane: the next `sync` or a `replay` does, out of the vault.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.calls.held_back import held_back, withdraw
from clarity_pipeline.calls.own_answer import hosts_told
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.site import LEAST_SHARE, Site
from clarity_pipeline.day.site import of_somebody, said_of_other
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.vault.lane_answer import LaneAnswer, lane_answers, read
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.days import forget_day
from clarity_pipeline.warehouse.hosts import hosts_by_date
from clarity_pipeline.warehouse.transaction import transaction

_URL_LANE = DAILY_SLICES["url_device"].name


class NothingHeldBack(ClarityPipelineError):
    """No answer of the business waits for somebody to say that it is meant."""

    reason = "nothing_held_back"


@dataclass(frozen=True, slots=True)
class Released:
    """A business after somebody spoke, and its held lanes that the next sync loads now, by date."""

    business: Business
    lanes: Mapping[date, int]

    @property
    def sentence(self) -> str:
        """What waits, in words; empty where nothing does."""
        if not self.lanes:
            return ""
        count, days = sum(self.lanes.values()), sorted(self.lanes)
        dates = str(days[0]) if len(days) == 1 else f"{len(days)} dates from {days[0]} to {days[-1]}"
        return f"{count} lane{'s'[: count != 1]} of {dates} {'wait' if count != 1 else 'waits'} in the vault"


def say_site(home: Home, business_id: str, hosts: tuple[str, ...], *, actor: Actor) -> Released:
    """Its site is `hosts` (of `checked_hosts`). A date from which on its visits are on other hosts than before is marked."""
    before = home.connections.get(business_id).site
    site = Site(hosts, is_learned=False, changed_at=home.clock())
    lanes = _of(site, _held(home, business_id))
    business = home.sites.say(business_id, hosts, moved_on=_moved_on(home, business_id, before, site, lanes), actor=actor)
    return Released(business, lanes)


def accept(home: Home, business_id: str, *, actor: Actor) -> Released:
    """Answers that are held back are meant: their hosts are the business's as well. Raises `NothingHeldBack`."""
    business = home.connections.get(business_id)
    held = _held(home, business_id)
    if not held or business.site is None:
        raise NothingHeldBack(f"No answer of {business_id} is held back; `clarity-pipeline status {business_id}` says how it is")
    visits: Counter[str] = Counter()
    for _, hosts in held:
        visits.update(business.site.others(hosts))
    named = {host.removeprefix("www.") for host, count in visits.items() if count >= LEAST_SHARE * visits.total()}
    return say_site(home, business_id, tuple(dict.fromkeys([*business.site.hosts, *sorted(named)])), actor=actor)


def dates_of_others(home: Home, business: Business) -> dict[date, Mapping[str, int]]:
    """Loaded dates whose visits are (nearly) all on hosts that are none of the site's, with their hosts."""
    site = business.site
    if site is None:
        return {}
    with home.warehouse.connect(what=f"looking at the hosts of {business.business_id}") as connection:
        loaded = hosts_by_date(connection, business.business_id)
    told = {day: of_somebody(hosts) for day, hosts in loaded.items()}
    return {day: hosts for day, hosts in told.items() if site.is_other(hosts)}


def take_out_others(home: Home, business: Business, *, actor: Actor) -> list[date]:
    """Take those dates out of the warehouse; their answers stay in the vault, held back. Gives the dates."""
    found = dates_of_others(home, business)
    site = business.site
    if not found or site is None:
        return []
    with home.warehouse.connect(what=f"taking dates of {business.business_id} out") as connection:
        for day, hosts in found.items():
            home.ledger.forget_day(business.business_id, day)
            with transaction(connection):
                forget_day(connection, business_id=business.business_id, date=day)
                findings.count(connection, business_id=business.business_id, changed_on=day)
            detail = said_of_other(business.business_id, site, hosts)
            withdraw(home.state, business.business_id, date=day, detail=detail)
    home.sites.forget_moves(business.business_id, actor=actor)
    return list(found)


def _held(home: Home, business_id: str) -> list[tuple[SyncJob, Mapping[str, int]]]:
    """The held lanes with their hosts, told out of the vault; one that tells none has those of its date."""
    jobs = held_back(home.state, [business_id])
    by_date: dict[date, Mapping[str, int]] = {}
    for job in jobs:
        if not by_date.get(job.date):
            by_date[job.date] = _hosts(home, job)
    return [(job, by_date[job.date]) for job in jobs]


def _hosts(home: Home, job: SyncJob) -> Mapping[str, int]:
    try:
        found = lane_answers(home.vault, business_id=job.business_id, date=job.date, slice_name=job.slice_name)
        by: LaneAnswer | None = next((each for each in found if each.stored.sha256 == job.answer_sha256), None)
        hosts = hosts_told(read(home.vault, by, SLICES[job.slice_name])) if by else []
    except (VaultDamaged, AnswerMalformed):
        return {}
    return next((each for each in hosts if each), {})


def _of(site: Site, held: list[tuple[SyncJob, Mapping[str, int]]]) -> dict[date, int]:
    return dict(sorted(Counter(job.date for job, hosts in held if hosts and not site.is_other(hosts)).items()))


def _moved_on(home: Home, business_id: str, before: Site | None, site: Site, lanes: Mapping[date, int]) -> date | None:
    """From when on the visits are on other hosts than those of the dates that are loaded; None where they are not."""
    loaded = home.jobs.loaded_dates(business_id, slice_name=_URL_LANE, since=date.min)
    if lanes:
        first = min(lanes)
        return first if any(day < first for day in loaded) else None
    apart = before is not None and not any(site.owns(host) for host in before.hosts)
    apart = apart and before is not None and not any(before.owns(host) for host in site.hosts)
    return max(loaded) + timedelta(days=1) if apart and loaded else None
