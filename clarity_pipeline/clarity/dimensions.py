"""The nine dimensions of the export API and the slices that we ask for, as data.

The wire has two spellings of a dimension: the request parameter (`URL`) and the key in each row (`Url`); row keys are
matched without regard to case (`docs/clarity-api.md#rows`). `Country` is the parameter that works: the documented
`Country/Region` is silently dropped (`docs/clarity-api.md#request` and `docs/clarity-api.md#errors`).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension: `name` is our column, `parameter` goes into the request, `row_key` comes back in each row.

    Rows are understood under the other spelling, `also`, too; case, spaces and signs of either do not count.
    """

    name: str
    parameter: str
    row_key: str
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every key under which a row may carry it, the wire's own first."""
        return (self.row_key, *self.also)


DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("url", "URL", "Url"),
        Dimension("device", "Device", "Device"),
        Dimension("country", "Country", "Country", also=("Country/Region",)),
        Dimension("source", "Source", "Source"),
        Dimension("medium", "Medium", "Medium"),
        Dimension("campaign", "Campaign", "Campaign"),
        Dimension("channel", "Channel", "Channel"),
        Dimension("browser", "Browser", "Browser"),
        Dimension("os", "OS", "OS"),
    )
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One dimension combo, asked for with one call."""

    name: str
    dimensions: tuple[Dimension, ...]
    when_cut: tuple[str, ...] = field(default=(), compare=False)
    """The dimensions that are asked for instead where Clarity cut the answer day after day; empty asks for nothing less."""

    @property
    def dimension_names(self) -> tuple[str, ...]:
        """Our column names, in request order."""
        return tuple(dimension.name for dimension in self.dimensions)

    def by(self, names: tuple[str, ...] | None) -> "Slice":
        """The same slice asked for by these dimensions alone; None asks in full."""
        return self if names is None else Slice(self.name, tuple(DIMENSIONS[name] for name in names))

    @property
    def fewer(self) -> tuple[str, ...] | None:
        """What `by` makes this question of: its dimensions where they are fewer than the slice has, None in full."""
        return None if self == SLICES.get(self.name) else self.dimension_names

    @property
    def told_by(self) -> str:
        """What its numbers are broken down by, for people."""
        return f"by {' and '.join(self.dimension_names)}" if self.dimensions else "of the whole site, without dimensions,"

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters `dimension1` to `dimension3`."""
        return {f"dimension{place}": dimension.parameter for place, dimension in enumerate(self.dimensions, start=1)}


def _slice(name: str, *dimensions: str, when_cut: tuple[str, ...]) -> Slice:
    return Slice(name, tuple(DIMENSIONS[dimension] for dimension in dimensions), when_cut)


DAILY_SLICES: dict[str, Slice] = {
    each.name: each
    for each in (
        _slice("url_device", "url", "device", when_cut=("url",)),
        _slice("url_source", "url", "source", when_cut=("source",)),
        _slice("url_country", "url", "country", when_cut=("country",)),
        _slice("url_campaign_channel", "url", "campaign", "channel", when_cut=("campaign", "channel")),
    )
}
"""The four lanes of a day, in the order in which they are fetched."""

TOTALS = Slice("totals", ())
"""The opt-in fifth call, with no dimension: sixteen metrics of the whole site."""

CONTRACT = Slice(
    "contract",
    (DIMENSIONS["url"], Dimension("country", "Country/Region", "Country/Region", also=("Country",)), DIMENSIONS["device"]),
)
"""A question to Clarity about itself (`unknowns`): the documented spelling that nobody was seen to use. Never loaded."""

SLICES: dict[str, Slice] = {**DAILY_SLICES, TOTALS.name: TOTALS}

CALLS_A_DAY = 10
"""Clarity's limit of calls a project and UTC day (`docs/clarity-api.md#quota`)."""

ROW_CAP = 1000
"""A metric with this many rows was cut, silently (`docs/clarity-api.md#cap`)."""
