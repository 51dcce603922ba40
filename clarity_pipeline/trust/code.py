"""What is said of one kind of finding about data, and how bad it may be: the shape of an entry in `codes`."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "warning", "error"]
"""`error`: a published number is wrong. `warning`: something is missing, or to be read with care. `info`: odd, and harmless."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding. `sentence` is a template of `metric` and `figure`; `figure` says what that number means.

    In `what_to_do` SLUG stands for the business. `sentence_of_one` is for a figure of 1, where counting words change.
    `statement` is the one of `trust.statements` whose failing it is. `of_answer` are those that only the answer can tell, not the
    rows. `for_client` are those that a business's own people may read: no word of how the pipeline works.
    """

    code: str
    severity: Severity
    sentence: str
    what_to_do: str
    figure: str
    metric: str | None = None
    statement: str | None = None
    of_answer: bool = False
    for_client: bool = False
    sentence_of_one: str | None = None

    def said(self, metric: str | None, figure: float | None) -> str:
        """The sentence, without a full stop; that of one where there is one and the figure is 1."""
        template = self.sentence_of_one if figure == 1 and self.sentence_of_one else self.sentence
        return template.format(metric=metric, figure=figure or 0)
