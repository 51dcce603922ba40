"""Which site each business has, as it is said and as it is learned: the only place that changes it after the connect.

A person says it, or the first answers tell it (`day.site`).
"""

from dataclasses import replace
from datetime import date

from clarity_pipeline.connections.audit import PIPELINE, Actor
from clarity_pipeline.connections.business import Business, business_of, change_row, row_of
from clarity_pipeline.connections.site import Site, site_values
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase


@each_method_again
class Sites:
    """The sites of one state database. Every change is one locked transaction and gives the row as it is afterwards."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def say(self, business_id: str, hosts: tuple[str, ...], *, moved_on: date | None = None, actor: Actor) -> Business:
        """Its site is `hosts` (of `checked_hosts`); with `moved_on` its visits are on other hosts than before since that date."""
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            now = self._clock()
            values = site_values(stored, hosts, now=now, moved_on=moved_on) | {"updated_at": now}
            return change_row(connection, business_id, values, actor=actor)

    def forget_moves(self, business_id: str, *, actor: Actor) -> Business:
        """No loaded date is of another site any more."""
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            site = Site.stored(stored["site"])
            if site is None or not site.moved_on:
                return business_of(stored)
            values = {"site": replace(site, moved_on=()).document(), "updated_at": self._clock()}
            return change_row(connection, business_id, values, actor=actor)

    def learn(self, business_id: str, hosts: tuple[str, ...]) -> Business:
        """Its site seems to be `hosts`; what a person has said stays, and so does what is known already."""
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            known = Site.stored(stored["site"])
            if known is not None and (not known.is_learned or known.hosts == hosts):
                return business_of(stored)
            now = self._clock()
            values = site_values(stored, hosts, now=now, is_learned=True) | {"updated_at": now}
            return change_row(connection, business_id, values, actor=PIPELINE)
