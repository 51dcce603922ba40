import pytest

from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.names import shown
from clarity_pipeline.clarity.wire import METRICS


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("Largest Contentful Paint", "Largest Contentful Paint"),
        ("Country/Region", "Country/Region"),
        ("InteractionToNextPaint75", "InteractionToNextPaint75"),
        ("anna.berg@post.example", "?"),
        ("mail of anna.berg%40post.example here", "mail of ? here"),
        (f"{'a' * 60}@post.example", "?"),
        ("phone +49 170 1234567", "phone ?"),
        ("session 4d6608697a8d41be0110c57512f30594", "session ?"),
        ("<script>", "?script?"),
    ],
)
def test_a_name_from_outside_is_told_without_what_could_be_a_visitors(sent: str, told: str) -> None:
    assert shown(sent) == told


def test_every_name_that_is_known_is_told_as_it_is() -> None:
    names = [*METRICS, *(field for measure in MEASURES for field in measure.fields), "sessionsWithoutMetricPercentage"]
    assert [name for name in names if shown(name) != name] == []
