"""The HTTP server around the panel, the same for the command line and for tests."""

from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from clarity_pipeline.panel.web.deadlines import Limits
from clarity_pipeline.panel.web.forwarded import Forwarded, Network
from clarity_pipeline.panel.web.protocol import protocol_of

_SECONDS_TO_FINISH = 20


def server_of(app: FastAPI, *, proxies: Sequence[Network] = (), limits: Limits | None = None) -> uvicorn.Server:
    """Ready to `run` on sockets that somebody else has bound; `X-Forwarded-For` is believed from `proxies` and nobody else."""
    config = uvicorn.Config(
        Forwarded(app, proxies=proxies),
        http=protocol_of(limits=limits or Limits(), proxies=tuple(proxies)),
        log_config=None,
        access_log=False,  # it would show queries; `access_log` has one of our own
        server_header=False,
        ws="none",
        proxy_headers=False,  # `forwarded` does it, and says when somebody unknown tries
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    return uvicorn.Server(config)
