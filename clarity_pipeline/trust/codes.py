"""The registry of findings about data: one entry a code, and everything that is said of it.

From here are made the SQL that writes `clarity_findings` (`make generate`), the words of `sync`, `doctor`, `status`, the panel,
the messages and the checks, and the list in the documentation. A new code is one entry here and what finds it: a select of
`sql/trust/findings_of_rows.sql` or `findings_of_lanes.sql`, or a line of `answer_findings` where only the answer itself can tell.
"""

from collections.abc import Mapping
from types import MappingProxyType

from clarity_pipeline.trust.code import SEVERITIES, Code
from clarity_pipeline.trust.page_codes import PAGE_CODES

_LOOK = "compare the lanes of that date in `clarity_reconciliation`, and rely on none where two tell different things"
_KEPT = "nothing: what came is kept in the vault, and `clarity-pipeline replay` reads it anew after an upgrade"

_OF_LANES: tuple[Code, ...] = (
    Code(
        code="impossible_number",
        severity="error",
        sentence="{metric} is a number that cannot be, on rows of {figure:,.0f} sessions, which are left out of what sums it up",
        what_to_do="use the other numbers of that date; the row itself is in `clarity_daily_metrics`, for a look",
        figure="sessions of the rows whose number is left out of sums, averages and rules",
        for_client=True,
    ),
    Code(
        code="number_out_of_range",
        severity="warning",
        sentence="{metric} is missing on rows of {figure:,.0f} sessions, for which a number came that cannot be",
        what_to_do="use the other numbers of that date; `raw_payload` in `clarity_daily_metrics` has what came, for a look",
        figure="sessions of the rows whose number is missing for it",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="impossible_in_a_fold",
        severity="warning",
        sentence="{metric} is missing on rows of {figure:,.0f} sessions, each of which holds a raw row whose number cannot be",
        what_to_do="use the other numbers of that date; `raw_payload` in `clarity_daily_metrics` has what came, for a look",
        figure="sessions of the rows whose number is missing for it",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="step_failed",
        severity="error",
        sentence="{metric}, which nobody had thought of: what it should have made is missing or of the time before",
        what_to_do="run it again (`clarity-pipeline sync`, which makes no call twice); where it stays, report it",
        figure="always NULL",
        of_answer=True,
    ),
    Code(
        code="tuple_is_twice",
        severity="error",
        sentence="{figure:,.0f} rows stand under a key that another row has too, so sums count them twice",
        sentence_of_one="one row stands under a key that another row has too, so sums count it twice",
        what_to_do="`clarity-pipeline replay` makes the rows anew from the vault; tell the developers",
        figure="rows beyond the first of their key",
    ),
    Code(
        code="metric_unreadable",
        severity="warning",
        sentence="{metric} came in a form that cannot be read, so what is made of it is missing",
        what_to_do=_KEPT,
        figure="rows that it came with",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="rows_unreadable",
        severity="warning",
        sentence="{figure:,.0f} rows of {metric} belong to no row of the answer, so their numbers are missing",
        sentence_of_one="one row of {metric} belongs to no row of the answer, so its number is missing",
        what_to_do=_KEPT,
        figure="rows that are lost",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="cell_unreadable",
        severity="warning",
        sentence="{figure:,.0f} cells of {metric} hold no number that can be read, and are missing",
        sentence_of_one="one cell of {metric} holds no number that can be read, and is missing",
        what_to_do=_KEPT,
        figure="cells that are lost",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="metric_missing",
        severity="warning",
        sentence="{metric} did not come, so {figure:,.0f} columns that are made of it are missing",
        sentence_of_one="{metric} did not come, so a column that is made of it is missing",
        what_to_do="nothing, if it comes again; `clarity-pipeline status` says what else changed in Clarity's answers",
        figure="columns that are NULL for want of it",
        of_answer=True,
        for_client=True,
    ),
    Code(
        code="lane_cut",
        severity="warning",
        sentence="Clarity cut it at 1,000 rows, so its sums are lower bounds",
        what_to_do="use rates, and the sums of lanes that are whole; `clarity-pipeline status` says what else can be done",
        figure="share of the date's visits that its rows tell, 0 to 1; NULL where nothing tells",
        for_client=True,
    ),
    Code(
        code="date_not_covered",
        severity="warning",
        sentence="the answer covers {figure:.0%} of the date, and hours of another one instead",
        what_to_do="nothing for that date; let the daily run ask soon after 00:00 UTC",
        figure="share of the UTC date that the answer covers, 0 to 1",
        for_client=True,
    ),
    Code(
        code="visits_differ",
        severity="warning",
        sentence="its visits are {figure:+,.0f} against those of the url_device lane, which should be the same",
        what_to_do=_LOOK,
        figure="visits more (+) or fewer (-) than in the url_device lane",
        metric="sessions",
        statement="lanes_tell_the_same_visits",
    ),
    Code(
        code="events_differ",
        severity="warning",
        sentence="its clicks, scrolls and errors are {figure:+,.0f} against those of the url_device lane, and should be the same",
        what_to_do=_LOOK,
        figure="events more (+) or fewer (-) than in the url_device lane",
        statement="lanes_tell_the_same_events",
    ),
    Code(
        code="bot_share_differs",
        severity="warning",
        sentence="bots are {figure:+.1%} of all sessions against the url_device lane, where they should be the same share",
        what_to_do=_LOOK,
        figure="share of bots more (+) or less (-) than in the url_device lane, 0 to 1",
        metric="bot_sessions",
        statement="lanes_tell_the_same_bot_share",
    ),
    Code(
        code="urls_differ",
        severity="warning",
        sentence="{figure:,.0f} visits are on pages that another lane of the date does not have",
        sentence_of_one="one visit is on a page that another lane of the date does not have",
        what_to_do=_LOOK,
        figure="visits on pages that the other lane lacks",
        metric="url",
        statement="lanes_tell_the_same_urls",
    ),
    Code(
        code="visits_beside_totals",
        severity="warning",
        sentence="it tells {figure:+.2f} pages a session against what the site's totals tell",
        what_to_do=_LOOK,
        figure="pages a session more (+) or fewer (-) than the totals tell",
        metric="sessions",
        statement="visits_fit_the_totals",
    ),
    Code(
        code="events_beside_totals",
        severity="warning",
        sentence="its clicks, scrolls and errors are {figure:+,.0f} against those of the site's totals",
        what_to_do=_LOOK,
        figure="events more (+) or fewer (-) than in the totals",
        statement="events_fit_the_totals",
    ),
    Code(
        code="mostly_bots",
        severity="warning",
        sentence="{figure:.0%} of all sessions are bots; they are in no other number",
        what_to_do="see in Clarity where they come from; what is left of people may be too little to judge by",
        figure="share of bots in all sessions, 0 to 1",
        metric="bot_sessions",
        statement="bots_are_the_smaller_part",
        for_client=True,
    ),
    Code(
        code="users_far_above_sessions",
        severity="warning",
        sentence="there are {figure:,.0f} more users than sessions of people and bots, beyond what small rows explain",
        what_to_do="do not use the users of that date",
        figure="users beyond the sessions of people and bots",
        metric="distinct_users",
        statement="users_fit_the_sessions",
    ),
    Code(
        code="difference_below_zero",
        severity="warning",
        sentence="{figure:,.0f} rows of the recovered lane would be below zero, and are told as 0",
        sentence_of_one="one row of the recovered lane would be below zero, and is told as 0",
        what_to_do="take the numbers of that date as a little less exact",
        figure="rows whose difference was below zero",
        of_answer=True,
    ),
    Code(
        code="unfilled_placeholder",
        severity="warning",
        sentence="{figure:,.0f} visits came from ads whose {metric} is a template that the ad tool did not fill in",
        sentence_of_one="one visit came from an ad whose {metric} is a template that the ad tool did not fill in",
        what_to_do="mend the address in the ad tool; `clarity_value_spellings` has the templates, with the reason placeholder",
        figure="visits of pages that came so",
        for_client=True,
    ),
    Code(
        code="broken_page_address",
        severity="warning",
        sentence="{figure:,.0f} visits are of pages whose address has `undefined`, `null` or a template where a name should be",
        sentence_of_one="one visit is of a page whose address has `undefined`, `null` or a template where a name should be",
        what_to_do="mend the links that lead there: `url_day` has the addresses",
        figure="visits of such pages",
        metric="url",
        for_client=True,
    ),
    Code(
        code="lanes_apart",
        severity="info",
        sentence="it was asked for {figure:,.0f} seconds before or after the url_device lane, so the two tell of other visits",
        what_to_do="nothing; do not hold the two lanes of that date against each other",
        figure="seconds between the ends of the two windows",
        statement="lanes_share_a_window",
    ),
    Code(
        code="users_above_sessions",
        severity="info",
        sentence="rows of few sessions have {figure:,.0f} more users than sessions of people and bots, which Clarity often sends",
        sentence_of_one="rows of few sessions have one user more than sessions of people and bots, which Clarity often sends",
        what_to_do="nothing: users are an upper bound in any sum",
        figure="users beyond the sessions of people and bots",
        metric="distinct_users",
    ),
    Code(
        code="rows_not_recovered",
        severity="info",
        sentence="{figure:,.0f} rows of the recovered lane could not be told from the two answers, and are left out",
        sentence_of_one="one row of the recovered lane could not be told from the two answers, and is left out",
        what_to_do="nothing; use the sums of a recovered date as lower bounds",
        figure="rows that are left out",
        of_answer=True,
    ),
    Code(
        code="metric_unknown",
        severity="info",
        sentence="{metric}, a metric that is not known here, came with {figure:,.0f} rows and is kept as it came",
        sentence_of_one="{metric}, a metric that is not known here, came with one row and is kept as it came",
        what_to_do="nothing; a newer release may know it",
        figure="rows that it came with",
        of_answer=True,
    ),
    Code(
        code="list_beside_dimensions",
        severity="info",
        sentence="{metric}, a list of the whole site, came beside an answer by dimension: {figure:,.0f} rows, kept as such",
        sentence_of_one="{metric}, a list of the whole site, came with an answer by dimension: one row, kept beside it",
        what_to_do="nothing: they stand in `clarity_site_lists` under the slice that they came with",
        figure="rows of the list",
        of_answer=True,
    ),
)

CODES: tuple[Code, ...] = tuple(sorted((*_OF_LANES, *PAGE_CODES), key=lambda each: SEVERITIES.index(each.severity)))
"""The worst first, and of those that are as bad the likelier to be acted on. A new one is one entry."""

CODE: Mapping[str, Code] = MappingProxyType({each.code: each for each in CODES})

OF_ROWS: tuple[Code, ...] = tuple(each for each in CODES if not each.of_answer)
OF_ANSWERS: tuple[Code, ...] = tuple(each for each in CODES if each.of_answer)


def rank(code: str) -> tuple[int, int]:
    """A key that sorts the worst first; a code of a newer release comes last."""
    known = CODE.get(code)
    return (SEVERITIES.index(known.severity), CODES.index(known)) if known else (len(SEVERITIES), 0)
