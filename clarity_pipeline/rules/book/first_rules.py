"""The rules that an installation has without anybody doing anything: that a connection is stale, that a token is rejected.

Stored when a person connects a business, by the command line and the panel. Only what was never stored is added: who changes or
disables one of them is not overruled by the next `connect`. A demo's own home does not get them: its business with a revoked
token is part of the story, and its one alert the point of it.
"""

from clarity_pipeline.connections.audit import PIPELINE
from clarity_pipeline.rules.book.rule_store import add_missing_rules
from clarity_pipeline.rules.language.ready import first_rules
from clarity_pipeline.settings.settings import Clock, Settings
from clarity_pipeline.state.database import StateDatabase


def store_first_rules(state: StateDatabase, *, clock: Clock, settings: Settings) -> tuple[str, ...]:
    """The ids of those that are new; the audit log says that the pipeline has added them."""
    if settings.demo_marker.exists():
        return ()
    return add_missing_rules(state, clock=clock, rules=first_rules(), actor=PIPELINE)
