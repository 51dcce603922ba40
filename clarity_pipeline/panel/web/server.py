"""The HTTP server around the panel, the same for the command line and for tests."""

from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

_SECONDS_TO_FINISH = 20


def server_of(app: FastAPI, *, proxies: Sequence[str] = ()) -> uvicorn.Server:
    """Ready to `run` on sockets that somebody else has bound; `X-Forwarded-For` is believed from `proxies` and nobody else."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # it would show queries; `access_log` has one of our own
        server_header=False,
        ws="none",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    return uvicorn.Server(config)
