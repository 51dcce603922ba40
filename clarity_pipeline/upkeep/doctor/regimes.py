"""Consent that does not reach Clarity at present: what sessions mean has changed. Out of the panel's copy alone."""

from collections.abc import Collection, Iterator

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.trust.regime import Event
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.warehouse.published.panel_copy import regimes

WHAT_TO_DO = (
    "have the site's consent banner pass visitors' consent on to Clarity (its consent API); until then rules go on without these"
    " visits or say that they cannot, and after four weeks compare within what is new"
)


def regime_findings(state: StateDatabase, *, asked: Collection[str]) -> Iterator[Finding]:
    """One a business and event that lasts."""
    for business_id, rows in sorted(regimes(state, sorted(asked)).items()):
        for event in (Event(**row) for row in rows):
            if event.kind == "consent_missing" and event.ended_on is None:
                said = event.evidence if event.country else f"since {event.started_on} {event.evidence}"
                yield Finding("counts_anew", "warning", business_id, said, WHAT_TO_DO)
