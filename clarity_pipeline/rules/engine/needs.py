"""What a rule needs before it can answer: days of data, sessions, imports, totals, markers. Pure; told from its leaves.

Shown by `rules library`, so that nobody turns on a rule that stays silent for a reason they could have read.
"""

from dataclasses import dataclass

from clarity_pipeline.rules.engine.reach import families_of
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.kinds import LEAF_KINDS, asks_metric, tests_signal
from clarity_pipeline.rules.language.rule import Rule


@dataclass(frozen=True, slots=True)
class Needs:
    """Of one rule: `days` with data before its first answer, `sessions` in a window of one of its leaves (0 where any will do).

    `clarity`: it asks Clarity's numbers; `totals`: those of the opt-in fifth call; `entities`, `experiments`: files to import;
    `landing_pages`: the column landing_url among them; `markers`: a change that somebody has marked.
    """

    days: int
    sessions: int
    clarity: bool
    totals: bool
    entities: bool
    landing_pages: bool
    experiments: bool
    markers: bool

    def said(self, *, sessions_a_day: int | None = None) -> str:
        """In words, for a person; `sessions_a_day` where somebody has measured from which size of a site on it answers."""
        parts = []
        if self.days:
            parts.append(f"{self.days} day{'s'[: self.days != 1]} of data")
        if sessions_a_day is not None:
            parts.append(f"about {sessions_a_day:,} visits of pages a day")
        if self.sessions:
            parts.append(f"{self.sessions:,} {'sessions' if self.totals else 'visits'} in its window")
        if self.entities:
            with_pages = " with landing_url" if self.landing_pages else ""
            parts.append(f"ads{with_pages} (`clarity-pipeline entities import`)")
        if self.experiments:
            parts.append("experiments (`clarity-pipeline experiments import`)")
        if self.totals:
            parts.append("the totals (`clarity-pipeline update SLUG --totals`)")
        if self.markers:
            parts.append("a marked change (`clarity-pipeline markers add`)")
        if not self.clarity and parts:
            parts.append("no Clarity project")
        return "; ".join(parts) or "a connection to Clarity, and no number of its"


def needs_of(rule: Rule) -> Needs:
    """What this rule needs."""
    families = families_of([rule])
    found = [(kind, leaf) for _, kind, leaf in leaves(rule.when)]
    names = [metric for _, leaf in found if (metric := asks_metric(leaf))]
    of_imports = all(name.startswith(("entity.", "experiment")) for name in names)
    days = max((LEAF_KINDS[kind].needs_days(leaf) for kind, leaf in found), default=0)
    return Needs(
        days=days + rule.for_days - 1 if days else 0,
        sessions=max((getattr(leaf, "min_sessions", 0) for _, leaf in found), default=0),
        clarity=any(tests_signal(leaf) for _, leaf in found) or not of_imports,
        totals="site" in families,
        entities="entity" in families,
        landing_pages="entity" in families and "page" in families,
        experiments="experiment" in families,
        markers=any(LEAF_KINDS[kind].needs_markers for kind, _ in found),
    )
