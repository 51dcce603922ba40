"""A viewer's test of a token: the core's, in the viewer's name and out of the viewer's share, without holding up the panel.

Called by `panel` for the API and for the button of the page. A test may wait minutes for a sync of the same business, so it has
threads of its own. Equal tests join: one that is asked for while its like is under way, or by a second press on a page that does
not show the first yet, gets what came of the first and spends nothing (a double click took two calls).
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import anyio.to_thread
from anyio import CapacityLimiter

from clarity_pipeline.calls.alone import CaptureBusy
from clarity_pipeline.calls.capture import TestPurpose
from clarity_pipeline.calls.token_test import Verification, verify_token
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer

_AT_ONCE = 8

SAME_PRESS = timedelta(seconds=30)
"""How long after a test a page that was made before it still asks for that one."""


class DemoHome(ClarityPipelineError):
    """The home holds a demo, and its made-up tokens must not go to Microsoft."""

    reason = "demo_home"


@dataclass(frozen=True, slots=True)
class _Test:
    """One test, under way or done; equal tests have purpose and token in common."""

    purpose: TestPurpose
    token: str | None
    result: asyncio.Task[Verification]


@dataclass(frozen=True)
class Verifier:
    """The tests of one running panel; `latest` has the last one of each business."""

    home: Home
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_AT_ONCE))
    latest: dict[str, _Test] = field(default_factory=dict)

    async def verify(self, viewer: Viewer, business_id: str, *, calls_shown: int | None = None) -> Verification:
        """Spend one call, or join an equal test; what stood in the way is in the `error` of it.

        `calls_shown` are the calls of the day that the page with the button had as used. Raises `CaptureBusy` while somebody
        tests out of another share, `DemoHome`, `UnknownBusiness`.
        """
        settings = self.home.settings
        if settings.is_real_clarity and settings.demo_marker.exists():
            raise DemoHome(
                "This home holds a demo, whose tokens Clarity does not know; real projects need a CLARITY_HOME of their own"
            )
        purpose: TestPurpose = "test" if viewer.is_agency else "portal"
        token = (await anyio.to_thread.run_sync(self.home.connections.get, business_id)).token_fingerprint
        known = self.latest.get(business_id)
        is_equal = known is not None and (known.purpose, known.token) == (purpose, token)
        if known is None or (known.result.done() and not (is_equal and self._is_pressed_twice(known.result, calls_shown))):
            work = partial(verify_token, self.home.capture, business_id, purpose=purpose, actor=viewer.actor)
            known = _Test(purpose, token, asyncio.ensure_future(anyio.to_thread.run_sync(work, limiter=self.threads)))
            self.latest[business_id] = known
        elif not is_equal:
            raise CaptureBusy(f"A test of {business_id} is under way; wait for what comes of it")
        return await asyncio.shield(known.result)

    def _is_pressed_twice(self, result: asyncio.Task[Verification], calls_shown: int | None) -> bool:
        """Whether the page that asks was made before the test that is done, a moment ago, and that took a call."""
        if calls_shown is None or result.exception() is not None:
            return False
        done = result.result()
        used_before = CALLS_A_DAY - done.before.calls_left
        return done.calls_taken > 0 and calls_shown <= used_before and self.home.clock() - done.at <= SAME_PRESS
