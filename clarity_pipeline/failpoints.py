"""Named places where a test may kill this process, as a power cut would (`CLARITY_FAILPOINT=answer_kept`).

Only the crash tests set the variable; without it `failpoint` costs one look-up. It must never do anything but end the
process at once, with no clean-up: that is what it is there to prove.
"""

import os
import signal


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when `CLARITY_FAILPOINT` names this place."""
    if os.environ.get("CLARITY_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
