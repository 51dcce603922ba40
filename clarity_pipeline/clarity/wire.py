"""The vocabulary of an answer, as data: sixteen metrics, their fields, and every spelling seen (`docs/clarity-api.md#spellings`).

What measures are made of comes from their registry (`measures`); the lists stand here. Names are matched by their letters and
digits alone, without regard to case, so "Dead Click Count" and `DeadClickCount` are one.
"""

from functools import lru_cache

from clarity_pipeline.clarity.groups import Field, Metric
from clarity_pipeline.clarity.measures import GROUPS

_NAMED = (Field("name", "text"), Field("sessionsCount", "count"))

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *GROUPS,
        Metric("Browser", _NAMED, listed=True),
        Metric("Device", _NAMED, listed=True),
        Metric("OS", _NAMED, listed=True),
        Metric("Country", _NAMED, also=("Country/Region",), listed=True),
        Metric("PageTitle", _NAMED, listed=True),
        Metric("ReferrerUrl", _NAMED, listed=True),
        Metric("PopularPages", (Field("url", "text"), Field("visitsCount", "count")), listed=True),
    )
}


MOBILE_METRICS = ("DeadTapCount", "RageTapCount", "ApplicationErrorCount", "PopularScreens")
MOBILE_FIELDS = ("screensViews", "screensPerSessionPercentage")
"""What only a mobile app's project sends (`docs/clarity-api.md#mobile-apps`)."""


def folded(name: str) -> str:
    """The letters and digits of a name, lower case: the form in which names are compared.

    Names come again in each row: a lane took 185 ms to fold them all, and takes 17 with those remembered that are no novels.
    """
    return _folded(name) if len(name) <= _LONGEST_REMEMBERED else _folded.__wrapped__(name)


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


_LONGEST_REMEMBERED = 100


METRIC_BY_SPELLING: dict[str, Metric] = {
    folded(spelling): metric for metric in METRICS.values() for spelling in (metric.name, *metric.also)
}
