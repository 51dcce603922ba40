"""A viewer's test of a token: the core's, in the viewer's name and out of the viewer's share, without holding up the panel.

Called by `panel` for the API and for the button of the page. A test may wait minutes for a sync of the same business, so it has
threads of its own, and a second one for that business is refused while the first is under way.
"""

from dataclasses import dataclass, field
from functools import partial

import anyio.to_thread
from anyio import CapacityLimiter

from clarity_pipeline.calls.alone import CaptureBusy
from clarity_pipeline.calls.capture import TestPurpose
from clarity_pipeline.calls.token_test import Verification, verify_token
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer

_AT_ONCE = 8


class DemoHome(ClarityPipelineError):
    """The home holds a demo, and its made-up tokens must not go to Microsoft."""

    reason = "demo_home"


@dataclass(frozen=True)
class Verifier:
    """The tests of one running panel."""

    home: Home
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_AT_ONCE))
    under_way: set[str] = field(default_factory=set)

    async def verify(self, viewer: Viewer, business_id: str) -> Verification:
        """Spend one call; what stood in the way is in the `error` of it. Raises `CaptureBusy`, `DemoHome`, `UnknownBusiness`."""
        settings = self.home.settings
        if settings.is_real_clarity and settings.demo_marker.exists():
            raise DemoHome(
                "This home holds a demo, whose tokens Clarity does not know; real projects need a CLARITY_HOME of their own"
            )
        if business_id in self.under_way:
            raise CaptureBusy(f"A test of {business_id} is under way; wait for what comes of it")
        self.under_way.add(business_id)
        try:
            purpose: TestPurpose = "test" if viewer.is_agency else "portal"
            work = partial(verify_token, self.home.capture, business_id, purpose=purpose, actor=viewer.actor)
            return await anyio.to_thread.run_sync(work, limiter=self.threads)
        finally:
            self.under_way.discard(business_id)
