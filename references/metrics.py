"""The metrics that a rule may name, by family."""

from clarity_pipeline.rules.language.metric import ENTITY_EXAMPLES, METRICS, TEN, Family, Metric
from references import markdown
from references.markdown import plain, table

OPENING = f"""\
What a rule may name as its `metric`. A count is summed over the window; a rate is a sum over a sum; an average is weighted by
sessions. A metric without data is unknown: it never makes a condition true and never stops the rest of the rule. The
{len(TEN)} with a star are also what the macros of the [DuckDB file](tables.md#macros) return."""

FAMILIES: tuple[tuple[Family, str, str], ...] = (
    ("business", "Of a business", "From the pages that visitors saw: a session counts once on each of them. For every rule."),
    (
        "site",
        "Of the whole site",
        "Each session counts once. Only for businesses whose totals are fetched (`update SLUG --totals`).",
    ),
    ("page", "Of a page", "Of the page that is judged (`scope: url`), or of the landing page of a campaign, an ad set or an ad."),
    (
        "entity",
        "Of ads: the ready ratios",
        "One sum of an ad platform over another, over the window's days: of a campaign, an ad set or an ad, and of a business"
        " over its campaigns. Unknown where the divisor is 0, where a row tells only one of the two, or where money is in two"
        " currencies. A ratio of two other columns is written as `ratio: {of: entity.spend, over: entity.leads}`.",
    ),
    ("experiment", "Of an experiment", "From the files of experiments."),
)

ENTITIES = f"""\
## Of ads: any column

Any numeric column of the files of ad entities, as `entity.` and its name, such as
{", ".join(f"`{name}`" for name in ENTITY_EXAMPLES)}; summed over the window, unless its header says otherwise
(`budget (last)`, `frequency (mean by impressions)`). For rules with `scope: campaign`, `ad_set` or `ad`, and of a
business: then of the highest level that it has rows of on a date, campaigns before ad sets before ads, so that nothing is
counted twice."""


def page() -> str:
    """The reference of the metrics."""
    return markdown.page("Metrics", OPENING, *(_family(*each) for each in FAMILIES), ENTITIES)


def _family(family: Family, title: str, text: str) -> str:
    members = [each for each in METRICS.values() if each.family == family]
    return f"## {title}\n\n{text}\n\n{table(('metric', 'kind', 'unit', 'meaning'), map(_row, members))}"


def _row(metric: Metric) -> list[str]:
    star = " \\*" if metric.name in TEN else ""
    return [f"`{metric.name}`{star}", metric.kind, metric.unit, plain(metric.meaning)]
