"""Whether an answer is of the business's own site, asked before it is loaded: what lets no other client's numbers in.

A token of another client's project brings answers that are fine in all but whose they are. So an answer with (nearly) no visit
on the site is held back: it stays in the vault, nothing of it is loaded, and a person says whether it is meant. Called by `load`
and by `replay`. The site is what a person has named; without that, it is learned here from the first answers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from clarity_pipeline.calls.held_back import held_back, was_loaded
from clarity_pipeline.connections.badge import OTHER_SITE
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.site import Site
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.hosts import behind_proxy, hosts_of, is_of_somebody, registered
from clarity_pipeline.vault.lane_answer import Told
from clarity_pipeline.warehouse.hosts import hosts_by_date

LEAST_VISITS = 20
"""With fewer on it a learned site is a guess (the tag was tried out on a staging host), and a busier one takes its place."""

HELD = ": held back"
"""What parts what is wrong from what to do, in the detail of a job."""

LEARNED_FROM_DAYS = 28
"""Of a business with a history, so many loaded dates before tell its site."""


class OtherSite(ClarityPipelineError):
    """The answer is of another site than the business has; it stays in the vault, and nothing of it is loaded."""

    reason = OTHER_SITE


def of_own_site(home: Home, found: Told) -> Business:
    """The business whose answer it is, its site learned where nobody knows it yet; raise `OtherSite` for another's.

    An answer that was loaded once is never held back: what is in the warehouse is taken out by people alone.
    """
    stored = found.by.stored
    business = home.connections.get(stored.business_id)
    if was_loaded(
        home.state,
        business.business_id,
        date=found.by.date,
        slice_name=stored.slice_name,
        answer_sha256=stored.sha256,
    ):
        return business
    hosts = hosts_told(found)
    if not any(hosts):
        _refuse_beside_others(home, business, found.by.date)
        return business
    site = business.site
    if site is None or (site.is_learned and site.is_other(hosts[0]) and _is_a_guess(home, business, site)):
        business = _learn(home, business, hosts[0], day=found.by.date)
    if business.site is not None and (others := first_other(business.site, hosts)):
        raise OtherSite(said_of_other(business.business_id, business.site, others))
    return business


def hosts_told(found: Told) -> list[dict[str, int]]:
    """Sessions by host of the answer; of a pair, of both."""
    return [hosts_of(each) for each in (found.answer, found.shorter) if each is not None]


def first_other(site: Site, hosts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The hosts of the first answer that is of another site; empty where none is."""
    return next((each for each in hosts if site.is_other(each)), {})


def said_of_other(business_id: str, site: Site, hosts: Mapping[str, int]) -> str:
    """What is wrong with an answer on `hosts`, and what to do."""
    others = site.others(hosts)
    share = site.share_of(hosts) or 0.0
    on_the_site = f"{share:.1%} of its sessions are" if share else "none of its sessions is"
    where = ", ".join(list(others)[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return (
        f"{on_the_site} on {site}, the site of {business_id}, but on {where}{HELD}, kept in the vault, not loaded; if that"
        f" is meant, `clarity-pipeline accept {business_id}`, else connect {business_id} with a token of its own project"
    )


def _refuse_beside_others(home: Home, business: Business, day: date) -> None:
    """An answer that tells no host goes with the date's others: held back with them, loaded with them."""
    held = [job for job in held_back(home.state, [business.business_id]) if job.date == day]
    loaded = any(job.date == day and job.loaded_at for job in home.jobs.list(business_id=business.business_id, date=day))
    if held and not loaded:
        raise OtherSite(held[0].detail or f"the date's other answers are of another site; see `doctor {business.business_id}`")


def _is_a_guess(home: Home, business: Business, site: Site) -> bool:
    visits = _visits(home, business, since=date.min)
    return sum(count for host, count in visits.items() if site.owns(host)) < LEAST_VISITS


def _learn(home: Home, business: Business, hosts: Mapping[str, int], *, day: date) -> Business:
    """Take the domain with most visits, of the loaded dates before and of this one."""
    visits = _visits(home, business, since=day - timedelta(days=LEARNED_FROM_DAYS)) + Counter(hosts)
    domains: Counter[str] = Counter()
    for host, count in visits.items():
        domains[registered(host)] += count
    ((domain, _),) = domains.most_common(1)
    return home.sites.learn(business.business_id, (domain,))


def _visits(home: Home, business: Business, *, since: date) -> Counter[str]:
    """Loaded sessions by host."""
    with home.warehouse.connect(what=f"learning the site of {business.business_id}") as connection:
        by_date = hosts_by_date(connection, business.business_id, since=since)
    visits: Counter[str] = Counter()
    for of_day in by_date.values():
        visits.update(of_somebody(of_day))
    return visits


def of_somebody(hosts: Mapping[str | None, int]) -> Counter[str]:
    """Loaded hosts as answers tell them: without port, and what is behind a proxy by its own name."""
    visits: Counter[str] = Counter()
    for host, sessions in hosts.items():
        name = behind_proxy((host or "").partition(":")[0])
        if is_of_somebody(name):
            visits[name] += sessions
    return visits
