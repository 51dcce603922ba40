"""What an entry of the registry says: a `Measure` is one column, a `Signal` a kind of friction that makes two. For `measures`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Number = int | float

Fold = Literal["sum", "mean"]
"""How rows that become one are put together: counts are added, averages weighted by human sessions."""

Better = Literal["more", "less"]

MOST_EVENTS = 10**9
"""Events of one row and day: a thousand million clicks of one kind on one page are no clicks of people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One column: `fields` of one metric group through `make` (None where a field is None), then folded over tuples and days."""

    column: str
    group: str
    fields: tuple[str, ...]
    fold: Fold
    meaning: str
    label: str
    unit: str
    make: Callable[..., Number] | None = None
    whole: bool = True
    zero_without_sessions: bool = False
    """Clarity sends no friction row for a tuple without a human session, which means 0, not unknown."""
    adds_up: bool = True
    """Whether a sum over tuples or days is the true number: users are not, one may be in several."""
    least: Number = 0
    most: Number | None = None
    """Where an average can lie at all, both ends included; None is no upper end. A row is checked for 0 and for `most`."""
    most_in_a_row: Number | None = None
    """What no row of an answer can be above, where sums of rows can: beyond it the row's number is NULL, as beyond `most`."""
    better: Better | None = None
    in_rules: bool = True
    """Whether rules may name it, in every family of places."""
    in_site_rules: bool = True
    """Whether rules may name it of the whole site, where each session counts once."""
    is_of_sessions: bool = False
    """An average over whole sessions. A session is in the row of each page that it saw, so over several pages such a mean counts
    long sessions more often (4.37 pages for 2.77, measured): there it is left out."""
    adds_up_to_site: bool = False
    """An average by visit of a page that adds up over the visits of a session: the sum over all pages is the site's."""
    served: bool = True
    """Whether the panel and the JSON API have it of each day."""
    panel_place: int | None = None
    """Where it stands among the panel's cards and in its table of days; None is not shown."""
    panel_label: str = ""
    """How the panel calls it, where that is not its label."""
    panel_unit: str = ""
    panel_scale: float = 1.0
    digits: int = 0

    @property
    def weight(self) -> str:
        """Of an average that rules may name: the column with the sessions that it is an average over."""
        return f"{self._stem}_sessions"

    @property
    def weighted_sum(self) -> str:
        """What rules add up of such an average, in place of it."""
        return f"{self._stem}_sum"

    @property
    def by_pages(self) -> str:
        """Of an average that adds up: the column of `site_day` with what the pages make of the site's."""
        return f"{self._stem}_by_pages_ms"

    @property
    def has_weight(self) -> bool:
        """Whether all marts carry its weight, so that days add up to what their rows say."""
        return self.fold == "mean" and self.in_rules

    @property
    def has_site_weight(self) -> bool:
        """Whether `site_day` carries its weight."""
        return self.fold == "mean" and (self.in_rules or self.in_site_rules)

    @property
    def heading(self) -> str:
        """The panel's name of it."""
        return self.panel_label or self.label.capitalize()

    @property
    def _stem(self) -> str:
        return self.column.removesuffix("_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A kind of friction: `events` and `<name>_sessions`, both from the same metric group."""

    name: str
    group: str
    events: str
    label: str
    unit: str
    meaning: str
    also: tuple[str, ...] = ()
    """Other spellings of the group than its own letters."""
    visits_label: str = ""
    """What a visit with at least one is said to have, where it is not the label."""
    panel_place: int | None = None
    in_page_table: bool = True
    """Whether the panel's table of worst pages has a column of it."""

    @property
    def sessions(self) -> str:
        """The column of the sessions with at least one event."""
        return f"{self.name}_sessions"

    @property
    def said_of_visits(self) -> str:
        """What a visit, or a session, has that met at least one, for people."""
        return self.visits_label or self.label

    def measures(self) -> tuple[Measure, Measure]:
        """Its two columns: the events, and the sessions with at least one."""
        return (
            Measure(
                column=self.events,
                group=self.group,
                fields=("subTotal",),
                fold="sum",
                meaning=f"{self.meaning}; how many",
                label=self.label,
                unit=self.unit,
                zero_without_sessions=True,
                most_in_a_row=MOST_EVENTS,
                better="less",
                panel_place=self.panel_place,
                panel_label=self.events.replace("_", " ").capitalize(),
            ),
            Measure(
                column=self.sessions,
                group=self.group,
                fields=("sessionsCount", "sessionsWithMetricPercentage"),
                fold="sum",
                meaning=f"{self.meaning}; sessions with at least one",
                label=f"sessions with {self.said_of_visits}",
                unit="sessions",
                make=_affected,
                zero_without_sessions=True,
                better="less",
                served=False,
            ),
        )


def _affected(sessions: Number, percentage: Number) -> int:
    """Sessions with at least one event; the wire rounds the share to two decimals, and the product is whole again."""
    return round(sessions * percentage / 100)
