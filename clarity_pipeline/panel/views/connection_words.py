"""What the connection card answers, in words of a browser. Called by `pages.connection`, `pages.businesses`.

A client is told neither whose project a token is of, nor where the visits of another site were.
"""

from collections.abc import Sequence

from clarity_pipeline.calls.token_test import Verification
from clarity_pipeline.clarity.names import some_of
from clarity_pipeline.connections.credentials import Hint
from clarity_pipeline.connections.sharing import SharedProject
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.views.wording import reason
from clarity_pipeline.upkeep.sites import Released


class ProjectTaken(ClarityPipelineError):
    """`SharedProject` in words of a page: for a client, who may not know whose project it is, and for the agency by name."""

    reason = "shared_project"
    field = "token"


def in_browser(panel: Panel, viewer: Viewer, error: ClarityPipelineError) -> ClarityPipelineError:
    """The same refusal with the means of a browser."""
    if not isinstance(error, SharedProject):
        return error
    if not viewer.is_agency:
        return ProjectTaken("This token belongs to a project that is connected elsewhere already; ask your agency")
    named = some_of([f"{panel.home.connections.get(each).name} ({each})" for each in error.others])
    return ProjectTaken(
        f"The token is of the Clarity project that is connected as {named} already, and both would live on its ten calls a day:"
        " use a token of this business's own project, or say below that it is meant"
    )


def hints_worded(hints: Sequence[Hint], viewer: Viewer) -> str:
    """What is likely wrong and stops nobody, as sentences after a notice."""
    told = [hint.sentence for hint in hints if viewer.is_agency or not hint.names_others]
    return "".join(f" Note: {sentence}." for sentence in told)


def tested(done: Verification, viewer: Viewer) -> str:
    """What came of a test, in sentences."""
    if done.reason == "quota_spent" and done.after.calls_left:  # not the day's ten: they would be left in the next breath
        whose = "The calls that tests may take" if viewer.is_agency else "Your two tests"
        kept = (
            "the rest is kept for the daily sync" if viewer.is_agency else "the rest is kept for the daily sync and your agency"
        )
        words = f"{whose} of this UTC day are spent; {kept}."
    elif done.error is None:
        words = "Clarity accepts the token."
        words += " Its answer counts as the first lane of the daily sync." if done.saves_a_call else ""
    elif done.accepted:
        words = f"Clarity accepts the token, but {reason(done.reason)}."
    else:
        words = f"The test did not succeed: {reason(done.reason)}."
    return f"{words} {done.cost}"


def seen(done: Verification, viewer: Viewer) -> str:
    """Where the visits of a test were; to a client only that none is on the own site: the others may be another client's."""
    if viewer.is_agency:
        return f" {done.seen}" if done.seen else ""
    return " Its visits are not on your site: is the token that of your own project?" if done.is_of_other_site else ""


def waiting(released: Released) -> str:
    """What follows from a site that was said to be right."""
    return f" {released.sentence}; the next daily sync loads them, without a call." if released.lanes else ""
