"""The environment, read once and frozen. Every room may import this; nobody else reads `os.environ`.

Nothing happens at import: `Settings.from_env()` belongs to the front doors (command line, Dagster resources, demo), which hand
the value on.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from clarity_pipeline.settings import variables as read
from clarity_pipeline.settings.variables import REAL_CLARITY, SettingsError

Clock = Callable[[], datetime]
"""Returns the present instant, aware and in UTC."""

DAGSTER_URL = "http://127.0.0.1:3000"
LIVE_INSIGHTS_PATH = "/export-data/api/v1/project-live-insights"
RUNS_DAYS = 30  # how a run went is asked in the days after it; what it made stays materialised however old it is
RECORDS_DAYS = 400  # of jobs, calls and evaluations: a year, and the month before it
LEAST_RECORDS_DAYS = 100  # a rule looks 90 days back at what it said, the panel at 30 days of jobs
CALLS_AT_ONCE = 16  # as many as one core has work from (`docs/design.md#ahead`)
PAYLOAD_DAYS = 31  # somebody asks within a month what Clarity said word for word; it is two thirds of the bytes of a row
LEAST_DAYS_KEPT = 3  # a lost date is told by the answers of the next two dates: fewer days would take them away
_DAYS = (LEAST_DAYS_KEPT, 99_999, f"of days from {LEAST_DAYS_KEPT} on, such as 400; unset it to keep everything for ever")
_RECORDS = (LEAST_RECORDS_DAYS, 99_999, f"of days from {LEAST_RECORDS_DAYS} on, such as {RECORDS_DAYS}, or all")
_PAYLOAD = (0, 99_999, f"of days, such as {PAYLOAD_DAYS}, or all")
_CALLS = (1, 99, "from 1 to 99, such as 8; unset it for the default")


def utc_now() -> datetime:
    """The machine's clock; the only call of `datetime.now` in the project."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says; `references/environment.py` has the meaning of each variable."""

    home: Path
    api_base_url: str = REAL_CLARITY
    state_url: str | None = field(default=None, repr=False)  # may hold a password
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    vault_keys: tuple[str, ...] = field(default=(), repr=False)  # newest first; answers lie open where there is none
    now: datetime | None = None
    partitions_start: date | None = None
    given_dagster_home: Path | None = None  # DAGSTER_HOME: whoever sets it has said where Dagster's storage is
    alert_webhook_url: str | None = field(default=None, repr=False)  # a secret at most receivers
    webhook_allow: frozenset[str] = frozenset()  # `host` or `host:port` of internal hooks, as `hook_place` writes them
    vault_days: int | None = None  # None keeps for ever
    rows_days: int | None = None
    runs_days: int | None = RUNS_DAYS  # of Dagster's runs and their events; None keeps for ever
    jobs_days: int | None = RECORDS_DAYS  # of jobs and calls; None keeps for ever
    evaluations_days: int | None = RECORDS_DAYS  # of what rules said; what fired stays
    payload_days: int | None = PAYLOAD_DAYS  # of the published file; None is every date
    retention_removes: bool = False  # CLARITY_RETENTION=on; else the schedule only says what it would remove
    entities_folder: Path | None = None  # where files of ad entities are dropped, if not below home
    experiments_folder: Path | None = None
    dagster_url: str = DAGSTER_URL  # where people open the Dagster UI
    calls_at_once: int = CALLS_AT_ONCE
    panel_origin: str | None = None  # what browsers see before a path: scheme, host and port of the proxy
    panel_proxies: str = ""  # whose X-Forwarded-For is believed, as it stands in the environment: the panel reads it
    panel_second_factor: str = ""  # roles that must have one, as it stands in the environment: the panel reads it
    panel_openid_issuer: str | None = None  # a provider of OpenID Connect that people may sign in with; the panel reads all four
    panel_openid_client: str = ""
    panel_openid_secret: str = field(default="", repr=False)
    panel_openid_name: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; raise `SettingsError` naming the variable that is wrong."""
        env = os.environ if environ is None else environ
        read.refuse_examples(env)
        base_url = read.clarity_address(env.get("CLARITY_API_BASE_URL") or REAL_CLARITY)
        now = read.instant(env.get("CLARITY_NOW"))
        if now is not None and read.is_real_clarity(base_url):
            raise SettingsError(
                "CLARITY_NOW is set while CLARITY_API_BASE_URL is the real Clarity: a made-up clock would spend real calls"
                " under false dates; unset CLARITY_NOW or point CLARITY_API_BASE_URL at a fake Clarity"
            )
        keys = env.get("CLARITY_ENCRYPTION_KEYS", "")
        return cls(
            home=Path(env.get("CLARITY_HOME") or "./var").expanduser().absolute(),
            api_base_url=base_url,
            state_url=env.get("CLARITY_STATE_URL") or None,
            encryption_keys=tuple(key.strip() for key in keys.split(",") if key.strip()),
            vault_keys=read.vault_keys(env.get("CLARITY_VAULT_KEYS")),
            now=now,
            partitions_start=read.day(env.get("CLARITY_PARTITIONS_START")),
            given_dagster_home=Path(env["DAGSTER_HOME"]) if env.get("DAGSTER_HOME") else None,
            alert_webhook_url=env.get("CLARITY_ALERT_WEBHOOK_URL") or None,
            webhook_allow=read.hooks(env.get("CLARITY_WEBHOOK_ALLOW")),
            vault_days=read.whole_number(env, "CLARITY_VAULT_DAYS", _DAYS),
            rows_days=read.whole_number(env, "CLARITY_ROWS_DAYS", _DAYS),
            runs_days=read.whole_number(env, "CLARITY_RUNS_DAYS", _DAYS, unset=RUNS_DAYS),
            jobs_days=read.whole_number(env, "CLARITY_JOBS_DAYS", _RECORDS, unset=RECORDS_DAYS),
            evaluations_days=read.whole_number(env, "CLARITY_EVALUATIONS_DAYS", _RECORDS, unset=RECORDS_DAYS),
            payload_days=read.whole_number(env, "CLARITY_PUBLISHED_PAYLOAD_DAYS", _PAYLOAD, unset=PAYLOAD_DAYS),
            retention_removes=read.retention_removes(env.get("CLARITY_RETENTION")),
            entities_folder=read.path(env, "CLARITY_ENTITIES_FOLDER"),
            experiments_folder=read.path(env, "CLARITY_EXPERIMENTS_FOLDER"),
            dagster_url=read.base_url(
                env.get("CLARITY_DAGSTER_URL") or DAGSTER_URL, name="CLARITY_DAGSTER_URL", example=DAGSTER_URL
            ),
            calls_at_once=read.whole_number(env, "CLARITY_CALLS_AT_ONCE", _CALLS) or CALLS_AT_ONCE,
            panel_origin=read.origin(env.get("CLARITY_PANEL_ORIGIN")),
            panel_proxies=env.get("CLARITY_PANEL_PROXIES") or "",
            panel_second_factor=env.get("CLARITY_PANEL_SECOND_FACTOR") or "",
            panel_openid_issuer=env.get("CLARITY_PANEL_OPENID_ISSUER") or None,
            panel_openid_client=env.get("CLARITY_PANEL_OPENID_CLIENT") or "",
            panel_openid_secret=env.get("CLARITY_PANEL_OPENID_SECRET") or "",
            panel_openid_name=env.get("CLARITY_PANEL_OPENID_NAME") or "",
        )

    @classmethod
    def for_fake_clarity(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Home and clock of the environment and nothing else, for who starts a fake Clarity and then knows its address."""
        env = os.environ if environ is None else environ
        own = {name: env[name] for name in ("CLARITY_HOME", "CLARITY_NOW") if name in env}
        return cls.from_env({**own, "CLARITY_API_BASE_URL": "http://127.0.0.1"})

    def clock(self) -> Clock:
        """`CLARITY_NOW` standing still when it is set, else the machine's clock."""
        now = self.now
        return utc_now if now is None else lambda: now

    @property
    def live_insights_url(self) -> str:
        """The one address that is ever called."""
        return self.api_base_url + LIVE_INSIGHTS_PATH

    @property
    def is_real_clarity(self) -> bool:
        """Whether calls go to Microsoft, where each one is counted."""
        return read.is_real_clarity(self.api_base_url)

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the state database."""
        return self.state_url or f"sqlite:///{self.home / 'state.db'}"

    @property
    def key_file(self) -> Path:
        """The encryption key that is made once, mode 0600."""
        return self.home / "secret.key"

    @property
    def fingerprint_key_file(self) -> Path:
        """The key of fingerprints, which outlives every encryption key and opens nothing."""
        return self.home / "fingerprint.key"

    @property
    def vault_folder(self) -> Path:
        """Answers as received, written once."""
        return self.home / "vault"

    @property
    def warehouse_file(self) -> Path:
        """The pipeline's own DuckDB file; nobody else opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def published_file(self) -> Path:
        """The DuckDB file that analysts open."""
        return self.home / "published" / "clarity.duckdb"

    @property
    def dagster_folder(self) -> Path:
        """Dagster's own storage in the embedded default."""
        return self.home / "dagster"

    @property
    def demo_marker(self) -> Path:
        """Is there when a demo made this home: its tokens are good for the fake Clarity alone."""
        return self.home / "demo.json"

    def inbox_folder(self, kind: str) -> Path:
        """Where files of `entities` or `experiments` are dropped to be loaded."""
        given = {"entities": self.entities_folder, "experiments": self.experiments_folder}[kind]
        return given or self.home / "inbox" / kind

    @property
    def locks_folder(self) -> Path:
        """File locks between processes of this machine."""
        return self.home / "locks"
