"""Named places where a test may kill this process, as a power cut would (`CLARITY_FAILPOINT=answer_kept`).

Only the crash tests set the variable; without it `failpoint` costs one look-up. It must never do anything but end the
process at once, with no clean-up: that is what it is there to prove. Each is also an audit event of Python's, which costs
nothing unless somebody listens: tests hear so which places a command comes by, and keep no list of them.
"""

import os
import signal
import sys

EVENT = "clarity_pipeline.failpoint"


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when `CLARITY_FAILPOINT` names this place."""
    sys.audit(EVENT, name)
    if os.environ.get("CLARITY_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
