"""What can be true of one call to Clarity, as a tree (`docs/clarity-api.md#errors`).

    ClarityPipelineError
    └── ClarityError
        ├── TokenRejected      401, 403: the token is no longer good; the business is disabled
        ├── QuotaSpent         429, or our own ledger: no call is left this UTC day
        ├── BadRequest         400 and its like: our request is wrong; a retry would only spend a call
        ├── Unavailable        5xx, network, deadline: retryable, each try with a slot of its own
        ├── ClockDisagrees     Clarity's clock says another time: the answer is kept under its own date, and no lane is made of it
        ├── Redirected         3xx: something stands between, or the address is wrong; the other lanes are not tried
        └── AnswerMalformed    200 that cannot be read as an answer of the export API: kept raw, nothing loaded
            ├── NotAnAnswer        a page, an error report, nothing: no parser will ever read it
            │   └── AnswerNotKept      too large, or packed so that it cannot be unpacked
            └── MobileAppProject   the project is a mobile app's: other metrics, and no URLs

No error holds the token, a header, or the body.
"""

from typing import ClassVar

from clarity_pipeline.errors import ClarityPipelineError


class ClarityError(ClarityPipelineError):
    """One call did not give a usable answer; its line ends in `next_step`, what a person should do now."""

    next_step: ClassVar[str] = ""
    http_status: int | None

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{message}; {self.next_step}" if self.next_step else message)
        self.http_status = http_status


class TokenRejected(ClarityError):
    """Clarity answered 401 or 403."""

    reason = "token_rejected"
    next_step = "generate a new one in Clarity and `clarity-pipeline connect` the business again"


class QuotaSpent(ClarityError):
    """Clarity answered 429, or the ledger has no slot left for this purpose today."""

    reason = "quota_spent"


class BadRequest(ClarityError):
    """Clarity answered 400 (its body is empty, so the cause is ours to find)."""

    reason = "bad_request"
    next_step = "look for a newer release, since another try would only spend a call"


class Unavailable(ClarityError):
    """Clarity could not be asked or did not answer in time.

    `sent` is False only when the request provably never left this machine (name not resolved, connection refused, connect
    time-out): then, and only then, its slot is given back.
    """

    reason = "unavailable"
    next_step = "try again before 06:00 UTC, each try spends a call"

    def __init__(self, message: str, *, sent: bool, http_status: int | None = None) -> None:
        super().__init__(message, http_status=http_status)
        self.sent = sent


class ClockDisagrees(ClarityError):
    """An answer came, by Clarity's clock at another time than by ours: it is kept under the date that is Clarity's.

    The business's other lanes are not tried for some minutes (`calls.refused`).
    """

    reason = "clock_disagrees"
    next_step = "set this machine's clock (UTC), then sync again: what came is kept under its own date and not fetched again"


class Redirected(ClarityError):
    """Clarity's address answered 3xx; a redirect is never followed, since the token would go with it."""

    reason = "redirected"
    next_step = "look at the address (CLARITY_API_BASE_URL) and at proxies and sign-in pages between; no lane is tried until then"


class AnswerMalformed(ClarityError):
    """A 200 that this parser cannot read as an answer to this question; its bytes are kept.

    A call more would bring the same again, so none is paid for: a newer parser reads what is kept (`PARSER_VERSION`).
    """

    reason = "answer_malformed"
    next_step = "it is kept, nothing of it is loaded; a newer version will load it, without a call"


class NotAnAnswer(AnswerMalformed):
    """No parser will ever read it: a page of a proxy, a report of an error, nothing, or only the first part of something."""

    next_step = "it is kept, nothing of it is loaded; look at what stands between this machine and Clarity, a proxy perhaps"


class AnswerNotKept(NotAnAnswer):
    """Its bytes could not be had, or are too many to be kept."""

    next_step = "nothing of it is kept or loaded; look at what stands between this machine and Clarity, a proxy perhaps"


class MobileAppProject(AnswerMalformed):
    """The answer speaks of taps and screens (`docs/clarity-api.md#mobile-apps`): loaded, it would be a site of zeros."""

    reason = "mobile_app_project"
    next_step = "connect the project of the web site instead, and `clarity-pipeline disconnect` this one"

    def __init__(self, message: str, *, vocabulary: str) -> None:
        super().__init__(message, http_status=200)
        self.vocabulary = vocabulary
