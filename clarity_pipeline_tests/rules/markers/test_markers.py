"""Change markers on both databases: what is kept, what is refused, and that a script may say the same thing twice."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from clarity_pipeline.connections.business import Business
from clarity_pipeline.rules.markers.markers import InvalidMarker, Marker, Markers, UnknownMarker, markers_of
from clarity_pipeline.state.database import StateDatabase

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def business(business_id: str = "acme", *, kept: tuple[str, ...] = ()) -> Business:
    """A connected business, of which only what canonical URLs depend on matters here."""
    return Business(
        business_id=business_id, name=business_id, project_id="p", quota_key=None, token_stored=False, token_expires_at=None,
        token_stored_at=None, token_fingerprint=None, enabled=True, enabled_at=None, disabled_reason=None, shared_allowed=False,
        kept_query_parameters=kept, created_at=NOW, updated_at=NOW, keep_path_ids=False, totals=False, back_off=False,
    )  # fmt: skip


def add(
    state: StateDatabase, business_id: str = "acme", *, url: str | None = None, at: datetime = AT, note: str = "new hero"
) -> Marker:
    return Markers(state, clock=lambda: NOW).add(business(business_id), url=url, at=at, note=note, author="cli:anna")


def kept(state: StateDatabase, business_ids: list[str]) -> dict[str, tuple[Marker, ...]]:
    with state.read() as connection:
        return markers_of(connection, business_ids)


def test_markers_are_read_oldest_change_first_and_only_of_those_that_were_asked(any_state: StateDatabase) -> None:
    late, early = add(any_state), add(any_state, at=AT - timedelta(days=3), note="new form")
    other = add(any_state, "baker")
    assert kept(any_state, ["acme", "nobody"]) == {"acme": (early, late)}
    assert kept(any_state, ["baker", "acme"]) == {"acme": (early, late), "baker": (other,)}
    assert (late.at, late.author, late.created_at, late.changed_on) == (AT, "cli:anna", NOW, AT.date())


def test_a_page_is_kept_in_the_spelling_of_url_day(any_state: StateDatabase) -> None:
    marker = add(any_state, url="HTTP://WWW.Example.com:80/Pricing/?utm_source=x&email=a@b.de#top")
    assert marker.url == "https://www.example.com/Pricing"


def test_the_same_marker_again_is_the_one_that_is_there(any_state: StateDatabase) -> None:
    for url in (None, "https://example.com/a"):
        assert add(any_state, url=url) == add(any_state, url=url)
    in_another_zone = AT.astimezone(timezone(timedelta(hours=5)))
    assert add(any_state, at=in_another_zone) == add(any_state)
    assert len(kept(any_state, ["acme"])["acme"]) == 2


def test_a_removed_marker_is_not_read_and_cannot_be_removed_twice(any_state: StateDatabase) -> None:
    first, second = add(any_state), add(any_state, note="another")
    markers = Markers(any_state, clock=lambda: NOW)
    assert markers.remove(first.marker_id) == first
    assert kept(any_state, ["acme"]) == {"acme": (second,)}
    with pytest.raises(UnknownMarker, match=f"number {first.marker_id}"):
        markers.remove(first.marker_id)
    with pytest.raises(UnknownMarker):
        markers.remove(second.marker_id, business_id="baker")
    assert add(any_state).marker_id not in {first.marker_id, second.marker_id}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"at": datetime(2026, 11, 20, 14, 30)}, "needs a zone"),  # noqa: DTZ001
        ({"at": NOW + timedelta(days=400)}, "until a year ahead"),
        ({"at": datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))}, "from 2015"),
        ({"url": "/pricing"}, "whole address"),
        ({"url": "https://x.com/\nBcc: a"}, "whole address"),
        ({"note": "  "}, "one line"),
        ({"note": "two\nlines"}, "one line"),
        ({"note": "x" * 201}, "one line"),
        ({"note": "\ud800"}, "one line"),
    ],
)
def test_what_says_nothing_that_could_be_compared_is_refused(state: StateDatabase, given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidMarker, match=said):
        add(state, **given)  # type: ignore[arg-type]
    assert kept(state, ["acme"]) == {}
