"""The one base of every error that a person is meant to read.

The command line prints `str(error)` as its single line, the orchestration room turns it into a Dagster failure, and a sync
job keeps `reason` as its stable code. A message says who, which lane, and what to do now; it never holds a token, a
header, or a URL that came from a visitor.
"""

from typing import ClassVar


class ClarityPipelineError(Exception):
    """Something that is true and in the way; `str()` is one line that ends in what to do."""

    reason: ClassVar[str] = "internal_error"
