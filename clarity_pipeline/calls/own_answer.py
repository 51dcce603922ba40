"""Which answer in the vault tells a lane of a business: the first that is of its own site. Asked by `capture` and by the loader.

Both have to choose alike: a job names the answer that was captured, and what is loaded is that. An answer of another site stays
in the vault and tells nothing, unless it was loaded once: what is in the warehouse is taken out by people alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.calls.refused import Refused
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.site import Site
from clarity_pipeline.normalize.hosts import hosts_of
from clarity_pipeline.vault.lane_answer import Told, is_of_an_earlier_token, lane_answers, read
from clarity_pipeline.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class InVault:
    """What the vault has for a lane: `own` tells it; `other` is of another site, and held back; `refused` cannot be read.

    Each None where there is none.
    """

    own: Told | None
    other: Told | None = None
    refused: Refused | None = None


def in_vault(vault: Vault, jobs: SyncJobs, business: Business, *, date: date, asked: Slice) -> InVault:
    """The best answer of the business's own site, the best of another, the best that is refused. Raises `VaultDamaged`."""
    other: Told | None = None
    refused: Refused | None = None
    for by in lane_answers(vault, business_id=business.business_id, date=date, slice_name=asked.name):
        try:
            found = read(vault, by, asked)
        except AnswerMalformed as error:
            refused = refused or Refused(by, error)
            continue
        if is_own(jobs, business, found):
            return InVault(found, other, refused)
        other = other or found
    return InVault(None, other, refused)


def is_own(jobs: SyncJobs, business: Business, found: Told) -> bool:
    """Whether nothing says that an answer is of another site; one that tells no host goes with its date's others."""
    by, site = found.by, business.site
    if site is None or jobs.was_loaded(
        business.business_id, date=by.date, slice_name=by.stored.slice_name, answer_sha256=by.stored.sha256
    ):
        return True
    hosts = hosts_told(found)
    if any(hosts):
        return not first_other(site, hosts)
    return not jobs.is_held_back(business.business_id, date=by.date)


def is_of_another_token(jobs: SyncJobs, business: Business, found: Told) -> bool:
    """Whether an answer that nobody loaded came with a token that has been replaced: it may be another client's."""
    name = found.by.stored.slice_name
    earlier = is_of_an_earlier_token(found.by, token_hint=business.token_hint)
    return earlier and not jobs.is_loaded(business.business_id, date=found.by.date, slice_name=name)


def hosts_told(found: Told) -> list[dict[str, int]]:
    """Sessions by host of the answer; of a pair, of both."""
    return [hosts_of(each) for each in (found.answer, found.shorter) if each is not None]


def first_other(site: Site, hosts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The hosts of the first answer that is of another site; empty where none is."""
    return next((each for each in hosts if site.is_other(each)), {})
