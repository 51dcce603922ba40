"""How far two numbers that should be the same may lie apart, each with its reason. Read by `statements`; nothing decides here.

All lanes of a date hold the same visits in other breakdowns, so nothing has to be allowed for chance: only for rounding, and for
what came and went between two calls.
"""

SAME_VISITS = 0.005
"""Clarity's own counts of one tuple differ by one now and then (187 against 188 was captured, `docs/clarity-api.md#meaning`)."""

EDGE_VISITS = 5
"""A session that begins or ends between two calls counts in every page that it saw, and it rarely sees more than five: one such
visitor must not make a site of 30 sessions a day look wrong."""

BUSIEST_HOUR = 2.0
"""An hour holds at most about twice the average of its day (the hour-of-day curve of the captures peaks at 1.8)."""

APART_SECONDS = 600.0
"""Lanes of a run are asked for within a minute; ten also fit three tries each. Further apart, they tell of different visits."""

COMPARABLE_SECONDS = 3600.0
"""A lane is no measure for another one that was asked for more than an hour earlier or later."""

BOT_SHARE_APART = 0.01
"""A point: bots see one page each, in whatever breakdown, and only visits at the edges of the windows move their share."""

MOST_BOTS = 0.5
"""Bots are in no other number, so more of them falsify none; but half and more means that something is after the site, and that
little is left to rely on (68 % and 76 % were captured, `docs/clarity-api.md#meaning`)."""

USERS_ABOVE = 0.02
"""One visitor has at least one session, of a human or a bot; 120 users beside 119 sessions were captured."""

FACTOR_APART = 0.02
"""Visits to pages over sessions, told by the lane and by the time on its pages: rows hold whole seconds. A session is on one page
at least, and on as many as it has page views at most; what goes beyond both by more than this contradicts the totals."""

TIME_ROUNDING_MS = 500.0
"""The site's average time comes in whole seconds too, which is several percent of a short one."""

EVENTS_APART = 0.005
"""Each event happens on one page, so events add up exactly; this is for what falls between two calls."""
