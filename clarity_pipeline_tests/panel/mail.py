"""A mail server that really runs, as the channel of a running panel."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline_tests.alerts.certificate import make_certificate
from clarity_pipeline_tests.alerts.mail_server import Mailbox, serving
from clarity_pipeline_tests.panel.running import RunningPanel


@contextmanager
def mailbox_of(panel: RunningPanel, folder: Path) -> Iterator[Mailbox]:
    """What a mail server gets for which the deployment has a channel."""
    certificate = make_certificate(folder, "localhost")
    with serving("starttls", certificate) as (found, port):
        config = EmailConfig(
            host="localhost",
            port=port,
            username="acme",
            password="s3cret-pass",
            sender="alerts@agency.example",
            recipients=("ops@agency.example",),
            ca_file=str(certificate.authority),
        )
        open_channels(panel.panel.home).add("ops-mail", config, actor="cli:ann")
        try:
            yield found
        finally:
            panel.panel.post_room.close()


def told(panel: RunningPanel, action: Action, *, wait_for: int = 0) -> list[str]:
    """The entries of an action, the newest first; once so many are there."""
    deadline = time.monotonic() + 30
    while True:
        entries = AuditLog(panel.panel.home.state).found(is_of_installation=True)
        found = [each.sentence for each in entries if each.action == action]
        if len(found) >= wait_for:
            return found
        assert time.monotonic() < deadline, f"only {len(found)} of {action}"
        time.sleep(0.02)
