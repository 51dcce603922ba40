import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.dimensions import DIMENSIONS
from clarity_pipeline.normalize.dimension_hash import dimension_hash

VALUES = st.dictionaries(st.sampled_from(sorted(DIMENSIONS)), st.none() | st.text(max_size=6))


@pytest.mark.parametrize(
    ("values", "hash_"),
    [
        ({}, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        ({"url": "https://example.com/", "device": "PC"}, "0b6f0709d3bdf21736863091b0356a0a7fe4e03ac1b0350dee674d0fcb0f2370"),
        ({"url": None, "device": "PC"}, "471e7a4da2d1cec6643bdfe742c25a0df7283c6bfc34b844602ce5b682954a1b"),
        ({"url": "https://example.com/", "source": None}, "fd448e853de7e40c8a621dd1d22fc895034cf8c66cd509abc76e4deca6ca4108"),
        (
            {"url": "https://example.com/", "campaign": 'Frühling "50 %"', "channel": "PaidSearch"},
            "729f73809abbba331c3b1fc4d68bbef392a2d4f35a7d880995281b96013e9f1b",
        ),
    ],
)
def test_known_hashes_never_change(values: dict[str, str | None], hash_: str):
    assert dimension_hash(values) == hash_


@settings(max_examples=200, deadline=None)
@given(VALUES, st.randoms())
def test_the_order_of_the_dimensions_does_not_matter(values: dict[str, str | None], random):
    shuffled = list(values.items())
    random.shuffle(shuffled)
    assert dimension_hash(dict(shuffled)) == dimension_hash(values)


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES)
def test_different_tuples_have_different_hashes(one: dict[str, str | None], other: dict[str, str | None]):
    assert (dimension_hash(one) == dimension_hash(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"url": None}, {"url": ""}),
        ({"url": None}, {"url": "null"}),
        ({"url": None}, {}),
        ({"device": None}, {"source": None}),
        ({"url": "a", "device": "b"}, {"url": "b", "device": "a"}),
        ({"url": 'a","device":"b'}, {"url": "a", "device": "b"}),
        ({"campaign": "ab", "channel": "c"}, {"campaign": "a", "channel": "bc"}),
    ],
)
def test_null_names_and_borders_count(one: dict[str, str | None], other: dict[str, str | None]):
    assert dimension_hash(one) != dimension_hash(other)
