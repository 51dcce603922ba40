"""Whom a rule is asked about: a business, one of its pages, or one of its campaigns, ad sets or ads.

The owner of one history of answers: evaluations, alerts and silences are kept by it.
"""

from typing import NamedTuple

from clarity_pipeline.rules.language.rule import Scope


class Subject(NamedTuple):
    """`entity` is empty for the whole business, else a canonical URL or the ad platform's id; both come from strangers."""

    rule_id: str
    business_id: str
    scope: Scope = "business"
    entity: str = ""
