from typing import Any

from clarity_pipeline.clarity.dimensions import ROW_CAP
from clarity_pipeline_tests.clarity.made_up import Seen, envelope, page, rows
from clarity_pipeline_tests.normalize.pairs import A, B, C, by_url, difference


def filler(count: int, sessions: int = 1) -> list[Seen]:
    return [page(f"{B}/{number}", sessions=sessions) for number in range(count)]


def test_of_a_cut_pair_only_tuples_on_both_sides_remain_and_every_row_says_so():
    longer = envelope(*filler(ROW_CAP - 1, sessions=3), page(A, sessions=8))
    shorter = envelope(*filler(10), page(C))
    recovered = difference(longer, shorter)
    assert recovered.rows.num_rows == 10
    assert recovered.left_out == ROW_CAP - 10 + 1
    assert {(row["truncated"], row["sessions"]) for row in recovered.rows.to_pylist()} == {(True, 2)}
    whole = difference(envelope(*filler(ROW_CAP - 2, sessions=3), page(A, sessions=8)), shorter)
    assert (whole.rows.num_rows, set(whole.rows["truncated"].to_pylist())) == (ROW_CAP - 1, {False})


def test_a_click_id_that_the_cut_took_from_the_longer_window_is_taken_from_the_shorter_too():
    longer = envelope(*filler(ROW_CAP - 2), page(A, sessions=5), page(f"{A}?fbclid=1", sessions=1))
    shorter = envelope(page(A, sessions=2), *(page(f"{A}?fbclid={number}", sessions=1) for number in range(2, 30)))
    recovered = difference(longer, shorter)
    row = by_url(recovered)[A]
    assert (row["sessions"], row["truncated"]) == (3 + 1, True)
    assert recovered.negative == 0

    def canonical_sum(sent: list[dict[str, Any]]) -> int:
        return sum(each["totalSessionCount"] for each in rows(sent, "Traffic") if each["Url"].startswith(A))

    assert canonical_sum(longer) - canonical_sum(shorter) < 0  # the naive version


def test_with_the_shorter_window_cut_a_click_id_of_the_longer_alone_tells_nothing():
    longer = envelope(*filler(ROW_CAP - 2, sessions=3), page(A, sessions=5), page(f"{A}?fbclid=1", sessions=1))
    shorter = envelope(*filler(ROW_CAP - 1), page(A, sessions=2))
    assert by_url(difference(longer, shorter))[A]["sessions"] == 3


def test_each_metric_of_a_cut_pair_is_compared_with_its_own_rows():
    longer = envelope(*filler(ROW_CAP - 1, sessions=3), page(A, sessions=5, events={"DeadClickCount": (3, 7)}))
    shorter = envelope(page(A, sessions=2, events={"DeadClickCount": (1, 1)}))
    rows(longer, "RageClickCount")[:] = [row for row in rows(longer, "RageClickCount") if row["Url"] != A]
    row = by_url(difference(longer, shorter))[A]
    assert (row["sessions"], row["dead_clicks"], row["rage_clicks"]) == (3, 6, None)
