"""Whether an answer is of the business's own site, asked before it is loaded: what lets no other client's numbers in.

A token of another client's project brings answers that are fine in all but whose they are. So an answer with (nearly) no visit
on the site is held back: it stays in the vault, nothing of it is loaded, and a person says whether it is meant. The site is what
a person has named; without that, it is learned here from the first answers.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from clarity_pipeline.calls.own_answer import first_other, hosts_told, in_vault
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.names import some_of
from clarity_pipeline.connections.badge import OTHER_SITE
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.site import Site
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.hosts import behind_proxy, is_of_somebody, registered
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


def own_answer(home: Home, business_id: str, *, date: date, asked: Slice) -> tuple[Business, Told | None]:
    """What tells a lane, and the business, its site learned where nobody knows it yet; None where the vault has nothing.

    Raises `OtherSite` where all that it has is another's.
    """
    business = home.connections.get(business_id)
    known = in_vault(home.vault, home.jobs, business, date=date, asked=asked)
    if known.own is None and known.other is not None and _is_a_guess(home, business):
        business = _learn(home, business, hosts_told(known.other)[0], day=date)
        known = in_vault(home.vault, home.jobs, business, date=date, asked=asked)
    if known.own is not None and business.site is None and (hosts := hosts_told(known.own)[0]):
        business = _learn(home, business, hosts, day=date)
        known = in_vault(home.vault, home.jobs, business, date=date, asked=asked)
    if known.other is not None and (known.own is None or _was_captured_last(home, known.other)):
        raise OtherSite(_said(business, known.other))
    return business, known.own


def _was_captured_last(home: Home, other: Told) -> bool:
    """Whether the lane's job is about it: a wanted second call with another client's token, which leaves the rows as they are."""
    stored = other.by.stored
    latest = home.jobs.latest(stored.business_id, date=other.by.date, slice_name=stored.slice_name)
    return latest is not None and latest.answer_sha256 == stored.sha256


def _said(business: Business, other: Told) -> str:
    hosts = hosts_told(other)
    if business.site is not None and any(hosts):
        return said_of_other(business.business_id, business.site, first_other(business.site, hosts))
    return (
        f"it tells no host, and the others of {other.by.date} are not of the site of {business.business_id}{HELD} with them;"
        f" `clarity-pipeline doctor {business.business_id}` says what to do"
    )


def said_of_other(business_id: str, site: Site, hosts: Mapping[str, int]) -> str:
    """What is wrong with an answer on `hosts`, and what to do."""
    others = site.others(hosts)
    share = site.share_of(hosts) or 0.0
    on_the_site = f"only {share:.1%} of the sessions are" if share else "none of the sessions is"
    where = some_of(list(others))
    return (
        f"{on_the_site} on {site}, the site of {business_id}, but on {where}{HELD}, kept in the vault, not loaded; if that"
        f" is meant, `clarity-pipeline accept {business_id}`, else connect {business_id} with a token of its own project"
    )


def _is_a_guess(home: Home, business: Business) -> bool:
    site = business.site
    if site is None or not site.is_learned:
        return False
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
    with home.warehouse.connect(what=f"learning the site of {business.business_id}", keep=True) as connection:
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
