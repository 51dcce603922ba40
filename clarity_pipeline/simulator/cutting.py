"""Sessions chosen from sessions and put behind one another, with their views: pure, and without chance.

`window.py` cuts a stretch of time out of dates with it, `beside.py` and `disruption.py` change a date.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clarity_pipeline.simulator.sessions import Bools, Ints, Label, Sessions


def pick(sessions: Sessions, chosen: Ints) -> Sessions:
    """The sessions at these places, any of them more than once, with their views."""
    first = np.cumsum(sessions.pages) - sessions.pages
    pages = sessions.pages[chosen]
    start = np.repeat(first[chosen] - (np.cumsum(pages) - pages), pages)
    views = start + np.arange(len(start))
    return replace(
        sessions,
        start_us=sessions.start_us[chosen],
        kind=sessions.kind[chosen],
        user=sessions.user[chosen],
        pages=pages,
        session_codes={name: codes[chosen] for name, codes in sessions.session_codes.items()},
        view_session=np.repeat(np.arange(len(chosen)), pages),
        view_codes={name: codes[views] for name, codes in sessions.view_codes.items()},
        scroll=sessions.scroll[views],
        active_s=sessions.active_s[views],
        total_s=sessions.total_s[views],
        events=sessions.events[:, views],
    )


def kept(sessions: Sessions, which: Bools) -> Sessions:
    """The sessions that are marked, with their views."""
    if which.all():
        return sessions
    views = which[sessions.view_session]
    places = np.cumsum(which) - 1
    return Sessions(
        start_us=sessions.start_us[which],
        kind=sessions.kind[which],
        user=sessions.user[which],
        pages=sessions.pages[which],
        session_codes={name: codes[which] for name, codes in sessions.session_codes.items()},
        view_session=places[sessions.view_session[views]],
        view_codes={name: codes[views] for name, codes in sessions.view_codes.items()},
        scroll=sessions.scroll[views],
        active_s=sessions.active_s[views],
        total_s=sessions.total_s[views],
        events=sessions.events[:, views],
        values=sessions.values,
    )


def joined(parts: Sequence[Sessions]) -> Sessions:
    """Put dates behind one another; only their URLs are coded differently, so only those are coded anew."""
    urls: dict[Label, int] = {}
    recoded = []
    for part in parts:
        new = np.array([urls.setdefault(url, len(urls)) for url in part.values["url"]], dtype=np.int64)
        recoded.append(new[part.view_codes["url"]])
    offsets = np.cumsum([0, *(len(part.kind) for part in parts)])
    return Sessions(
        start_us=np.concatenate([part.start_us for part in parts]),
        kind=np.concatenate([part.kind for part in parts]),
        user=np.concatenate([part.user for part in parts]),
        pages=np.concatenate([part.pages for part in parts]),
        session_codes={name: np.concatenate([part.session_codes[name] for part in parts]) for name in parts[0].session_codes},
        view_session=np.concatenate([part.view_session + offset for part, offset in zip(parts, offsets, strict=False)]),
        view_codes={
            "url": np.concatenate(recoded),
            "title": np.concatenate([part.view_codes["title"] for part in parts]),
        },
        scroll=np.concatenate([part.scroll for part in parts]),
        active_s=np.concatenate([part.active_s for part in parts]),
        total_s=np.concatenate([part.total_s for part in parts]),
        events=np.concatenate([part.events for part in parts], axis=1),
        values=parts[0].values | {"url": tuple(urls)},
    )
