"""Counting: sessions of a window grouped by dimensions, as columns with one place a group.

`answers.py` turns the columns into wire rows. Every rule about what counts where stands here once
(`docs/clarity-api.md#meaning`); `truth.py` says the same a second time in plain loops, and the tests hold the two against each
other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.simulator.sessions import BOT, HUMAN, NO_SESSION, Floats, Ints, Label, Sessions
from clarity_pipeline.simulator.site import EVENTS


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Columns of G groups; `labels` holds a list a dimension, the event columns a line an event.

    Averages are NaN where the group has no human session: `pages_per_session` is the whole sessions' page count (of a group of
    users without a session 1, as a real `Url: null` row had 1.0 to 1.07), `scroll`
    is percent a page view, `total_s` and `active_s` are seconds in the group a session.
    """

    labels: tuple[list[Label], ...]
    sessions: Ints
    bot_sessions: Ints
    users: Ints
    pages_per_session: Floats
    scroll: Floats
    total_s: Floats
    active_s: Floats
    affected: Ints
    event_views: Ints
    event_totals: Ints


def group(sessions: Sessions, dimensions: Sequence[str]) -> Groups:
    """Group by dimension names of ours; no dimension makes one group, also of nothing.

    A session counts once in every group that one of its views is in. Users are those with a human session or a visit without
    a URL, never bots. Events, scroll and time are those of the group's own views.
    """
    place, labels = _places(sessions, dimensions)
    count = len(labels[0]) if labels else 1
    human_view = sessions.kind[sessions.view_session] == HUMAN

    def per_group(groups: Ints, weights: NDArray[np.generic] | None = None) -> Floats:
        return np.bincount(groups, weights, minlength=count).astype(float)

    pairs, pair_of_view = np.unique(place * len(sessions.kind) + sessions.view_session, return_inverse=True)
    pair_place, pair_session = np.divmod(pairs, max(1, len(sessions.kind)))
    kind = sessions.kind[pair_session]
    humans = per_group(pair_place[kind == HUMAN])
    no_bot = kind != BOT
    user_codes = np.unique(sessions.user[pair_session[no_bot]], return_inverse=True)[1]
    users = np.unique(pair_place[no_bot] * (len(sessions.kind) + 1) + user_codes) // (len(sessions.kind) + 1)

    affected, event_views, event_totals = [], [], []
    for line in range(len(EVENTS)):
        hit = np.flatnonzero(sessions.events[line])
        affected.append(per_group(pair_place[np.unique(pair_of_view[hit])]))
        event_views.append(per_group(place[hit]))
        event_totals.append(per_group(place[hit], sessions.events[line][hit]))

    with np.errstate(divide="ignore", invalid="ignore"):
        views = per_group(place[human_view])
        alone = np.where(per_group(pair_place[kind == NO_SESSION]) > 0, 1.0, np.nan)
        return Groups(
            labels=labels,
            sessions=humans.astype(np.int64),
            bot_sessions=per_group(pair_place[kind == BOT]).astype(np.int64),
            users=per_group(users).astype(np.int64),
            pages_per_session=np.where(
                humans > 0, per_group(pair_place[kind == HUMAN], sessions.pages[pair_session[kind == HUMAN]]) / humans, alone
            ),
            scroll=per_group(place[human_view], sessions.scroll[human_view]) / views,
            total_s=per_group(place[human_view], sessions.total_s[human_view]) / humans,
            active_s=per_group(place[human_view], sessions.active_s[human_view]) / humans,
            affected=np.array(affected).astype(np.int64),
            event_views=np.array(event_views).astype(np.int64),
            event_totals=np.array(event_totals).astype(np.int64),
        )


def _places(sessions: Sessions, dimensions: Sequence[str]) -> tuple[Ints, tuple[list[Label], ...]]:
    """The group of each page view, and the groups' labels in the order of the dimensions."""
    key = np.zeros(len(sessions.view_session), dtype=np.int64)
    if not dimensions:
        return key, ()
    for dimension in dimensions:
        key = key * len(sessions.values[dimension]) + sessions.codes(dimension)
    keys, place = np.unique(key, return_inverse=True)
    labels: list[list[Label]] = []
    for dimension in reversed(dimensions):
        keys, codes = np.divmod(keys, len(sessions.values[dimension])) if sessions.values[dimension] else (keys, keys)
        labels.append([sessions.values[dimension][code] for code in codes.tolist()])
    return place.astype(np.int64), tuple(reversed(labels))
