"""Files that this process may have open: each connection is one, and 1,024 of them is what many systems begin with."""

import sys
from contextlib import suppress

_WANTED = 8192
_FOR_THE_REST = 256
"""Databases, keys, logs, the folders of templates."""


def room_for_connections(*, most: int) -> int:
    """Raise the limit as far as the system's hard one lets us, and tell how many connections fit; `most` at the most."""
    if sys.platform == "win32":  # sockets are no files there
        return most
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _WANTED:
        wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
        with suppress(OSError, ValueError):  # a service may be kept from changing it, as in `deploy/systemd`
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return most if soft == resource.RLIM_INFINITY else max(16, min(most, soft - _FOR_THE_REST))
