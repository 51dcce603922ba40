"""The numbers that the panel shows of a business and of its pages, each with how it is written. Called by `dashboard`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import MEASURE, SERVED, SHOWN, SIGNALS
from clarity_pipeline.panel.views.charts import Value
from clarity_pipeline.panel.views.wording import COUNTED_IN, number
from clarity_pipeline.warehouse.published.published_days import Counted


@dataclass(frozen=True, slots=True)
class Metric:
    """How a number is shown; `better` is the direction that is good news, None where neither is."""

    name: str
    label: str
    unit: str = ""
    digits: int = 0
    scale: float = 1.0
    better: Literal["more", "less"] | None = None
    is_rated: bool = False

    @property
    def head(self) -> str:
        """Over a column of a table."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def worded(self, value: Value) -> str:
        """Without its unit."""
        return number(None if value is None else value * self.scale, self.digits)


SESSIONS: Mapping[Counted, Metric] = MappingProxyType(
    {counted: Metric("sessions", f"{words[:1].upper()}{words[1:]}") for counted, words in COUNTED_IN.items()}
)
_EVENTS = {signal.events for signal in SIGNALS}


def _shown(measure: Measure) -> Metric:
    return Metric(
        name=measure.column,
        label=measure.heading,
        unit=measure.panel_unit,
        digits=measure.digits,
        scale=measure.panel_scale,
        better=measure.better,
        is_rated=measure.column in _EVENTS,
    )


_BY_PAGES = tuple(map(_shown, SHOWN))
METRICS: Mapping[Counted, tuple[Metric, ...]] = MappingProxyType(
    {"pages": _BY_PAGES, "site": (*_BY_PAGES, *(_shown(each) for each in SERVED if each.is_of_sessions))}
)
"""What the dashboard shows below the sessions, and in its table of days; what whole sessions have only where the site's lead."""

PAGE_EVENTS = tuple(Metric(signal.events, MEASURE[signal.events].heading) for signal in SIGNALS if signal.in_page_table)
"""What the table of worst pages shows of each."""
