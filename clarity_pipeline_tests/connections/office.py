"""A home whose keys are rotated, and killed while they are."""

import os
import signal
from pathlib import Path

import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.alerts.outbox.channel_store import Channels
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.rotation import check, rotate
from clarity_pipeline.connections.secrets import SecretBox, load_secret_box
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline_tests.connections.made_up import HandClock, token_of
from clarity_pipeline_tests.processes import CONTEXT

BUSINESSES = ("acme", "beta", "zeta")
TOKENS = [token_of(name).reveal() for name in BUSINESSES]
c = business_config.c


class Office:
    """Three connected businesses in a home, whose keys are in a file or, as `given`, in the environment."""

    def __init__(self, state: StateDatabase, url: str, home: Path) -> None:
        self.state, self.url, self.home, self.given = state, url, home, ()
        home.mkdir(exist_ok=True)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, state_url=self.url, encryption_keys=self.given)

    @property
    def box(self) -> SecretBox:
        return load_secret_box(self.settings)

    @property
    def connections(self) -> Connections:
        return Connections(self.state, secrets=self.box, clock=HandClock())

    @property
    def channels(self) -> Channels:
        return Channels(self.state, secrets=self.box, clock=HandClock())

    def connect(self) -> "Office":
        for name in BUSINESSES:
            self.connections.connect(name, project_id="abc1234", token=token_of(name))
        return self

    def rotate(self) -> tuple[int, int]:
        rotated = rotate(self.state, self.box, settings=self.settings, clock=HandClock(), actor="cli:anna")
        return rotated.secrets, rotated.sealed_anew

    def killed_at(self, step: str) -> bool:
        """Rotate in a process of its own that dies at a step; whether it came so far."""
        process = CONTEXT.Process(target=rotate_and_die_at, args=(self.settings, step))
        process.start()
        process.join(60)
        assert process.exitcode in {0, -signal.SIGKILL}
        return process.exitcode == -signal.SIGKILL

    def tokens(self) -> list[str]:
        return [self.connections.credentials(name)[1].reveal() for name in BUSINESSES]

    def ledgers(self) -> list[str | None]:
        return [each.quota_key for each in self.connections.all()]

    def ciphertexts(self) -> list[str]:
        with self.state.read() as connection:
            return list(connection.scalars(sa.select(c.token_ciphertext).where(c.token_ciphertext.is_not(None))))

    def keys_on_disk(self) -> list[str]:
        return [path.read_text().strip() for path in sorted(self.home.glob("secret.key*"))]

    def opens_with(self, key: str) -> bool:
        box = SecretBox((key,), fingerprint_key=Fernet.generate_key().decode())
        checked = check(self.state, box)
        return checked.secrets == len(BUSINESSES) and not checked.unreadable


def rotate_and_die_at(settings: Settings, step: str) -> None:
    os.environ["CLARITY_FAILPOINT"] = step
    state = StateDatabase(settings.database_url)
    rotate(state, load_secret_box(settings), settings=settings, clock=HandClock(), actor="cli:anna")
