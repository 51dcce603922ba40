"""Who is at the command line, for the audit log: the user of the operating system, never what an environment variable claims."""

import os
import pwd

from clarity_pipeline.connections.audit import Actor


def os_user() -> Actor:
    """`cli:anna`, or the number where the machine knows no name (a container)."""
    uid = os.getuid()
    try:
        return f"cli:{pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"cli:uid {uid}"
