"""The environment, read once and frozen. Every room may import this; nobody else reads `os.environ`.

Nothing happens at import: `Settings.from_env()` belongs to the front doors (command line, Dagster resources, demo), which hand
the value on.
"""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from clarity_pipeline.errors import ClarityPipelineError

Clock = Callable[[], datetime]
"""Returns the present instant, aware and in UTC."""

REAL_CLARITY = "https://www.clarity.ms"
DAGSTER_URL = "http://127.0.0.1:3000"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_ONE_WORD = re.compile(r"[!-\[\]-~]+")  # no backslash, which some readers take for a slash
LIVE_INSIGHTS_PATH = "/export-data/api/v1/project-live-insights"
RUNS_DAYS = 30  # how a run went is asked in the days after it; what it made stays materialised however old it is
CALLS_AT_ONCE = 16  # as many as one core has work from (`docs/design.md#ahead`)
PAYLOAD_DAYS = 31  # somebody asks within a month what Clarity said word for word; it is two thirds of the bytes of a row
LEAST_DAYS_KEPT = 3  # a lost date is told by the answers of the next two dates: fewer days would take them away
_DAYS = (LEAST_DAYS_KEPT, 99_999, f"of days from {LEAST_DAYS_KEPT} on, such as 400; unset it to keep everything for ever")
_PAYLOAD = (0, 99_999, f"of days, such as {PAYLOAD_DAYS}, or all")
_CALLS = (1, 99, "from 1 to 99, such as 8; unset it for the default")


class SettingsError(ClarityPipelineError):
    """A `CLARITY_*` variable holds something that cannot be used."""

    reason = "bad_settings"


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
    now: datetime | None = None
    partitions_start: date | None = None
    given_dagster_home: Path | None = None  # DAGSTER_HOME: whoever sets it has said where Dagster's storage is
    alert_webhook_url: str | None = field(default=None, repr=False)  # a secret at most receivers
    webhook_allow: frozenset[str] = frozenset()  # `host` or `host:port` of internal hooks, as `hook_place` writes them
    vault_days: int | None = None  # None keeps for ever
    rows_days: int | None = None
    runs_days: int | None = RUNS_DAYS  # of Dagster's runs and their events; None keeps for ever
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
        _refuse_examples(env)
        base_url = _clarity(env.get("CLARITY_API_BASE_URL") or REAL_CLARITY)
        now = _instant(env.get("CLARITY_NOW"))
        if now is not None and _is_real(base_url):
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
            now=now,
            partitions_start=_day(env.get("CLARITY_PARTITIONS_START")),
            given_dagster_home=Path(env["DAGSTER_HOME"]) if env.get("DAGSTER_HOME") else None,
            alert_webhook_url=env.get("CLARITY_ALERT_WEBHOOK_URL") or None,
            webhook_allow=_hooks(env.get("CLARITY_WEBHOOK_ALLOW")),
            vault_days=_number(env, "CLARITY_VAULT_DAYS", _DAYS),
            rows_days=_number(env, "CLARITY_ROWS_DAYS", _DAYS),
            runs_days=_number(env, "CLARITY_RUNS_DAYS", _DAYS, unset=RUNS_DAYS),
            payload_days=_number(env, "CLARITY_PUBLISHED_PAYLOAD_DAYS", _PAYLOAD, unset=PAYLOAD_DAYS),
            retention_removes=_retention(env.get("CLARITY_RETENTION")),
            entities_folder=_path(env, "CLARITY_ENTITIES_FOLDER"),
            experiments_folder=_path(env, "CLARITY_EXPERIMENTS_FOLDER"),
            dagster_url=_base_url(env.get("CLARITY_DAGSTER_URL") or DAGSTER_URL, name="CLARITY_DAGSTER_URL", example=DAGSTER_URL),
            calls_at_once=_number(env, "CLARITY_CALLS_AT_ONCE", _CALLS) or CALLS_AT_ONCE,
            panel_origin=_origin(env.get("CLARITY_PANEL_ORIGIN")),
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
        return _is_real(self.api_base_url)

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


def _refuse_examples(env: Mapping[str, str]) -> None:
    """A password out of `deploy/environment.example` is everybody's."""
    for name in sorted(env):
        if name.startswith(("CLARITY_", "DAGSTER_PG_")) and "change-me" in env[name]:
            raise SettingsError(
                f"{name} still holds `change-me`, the example's password: choose one of your own, then start again"
            )


def hook_place(host: str, port: int | None = None) -> str:
    """A host, or a port of it, as `CLARITY_WEBHOOK_ALLOW` lists it; IPv6 in brackets, so that no port looks like an address."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _split(url: str) -> tuple[SplitResult, str | None, int | None]:
    """Its parts, host and port; nothing of what cannot be read."""
    try:
        return (parts := urlsplit(url)), parts.hostname, parts.port
    except ValueError:
        return urlsplit(""), None, None


def _hooks(text: str | None) -> frozenset[str]:
    found = set()
    for entry in (text or "").split(","):
        if not entry.strip():
            continue
        parts, host, port = _split(f"//{entry.strip()}")
        if not host or parts.path or parts.query or parts.fragment or parts.username is not None or not host.isascii():
            raise SettingsError(
                "CLARITY_WEBHOOK_ALLOW must be hosts or host:port, with commas between them, such as"
                " hooks.internal:8443,10.0.0.5; fix or unset it"
            )
        found.add(hook_place(host, port))
    return frozenset(found)


def _clarity(text: str) -> str:
    """Each call carries a token, which plain http would show to everybody on the way."""
    url, name = _base_url(text), "CLARITY_API_BASE_URL"
    host = urlsplit(url).hostname or ""
    if url.startswith("http:") and host not in LOOPBACK_NAMES and not re.fullmatch(r"127(\.\d{1,3}){3}", host):
        raise SettingsError(f"{name} is plain http to another machine, where tokens could be read on the way: give https://")
    return url


def _base_url(text: str, *, name: str = "CLARITY_API_BASE_URL", example: str = REAL_CLARITY) -> str:
    """What is given is not said again: user information is a password."""
    parts, host, port = _split(text.strip())
    is_url = parts.scheme in {"http", "https"} and host and port != 0
    if not is_url or not _ONE_WORD.fullmatch(text.strip()) or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"{name} must look like {example}, with no user, password or query; fix or unset it")
    return f"{parts.scheme}{text.strip()[len(parts.scheme) :]}".rstrip("/")


def _origin(text: str | None) -> str | None:
    if not text:
        return None
    parts, host, port = _split(text.strip())
    is_plain = host and parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if is_plain and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_NAMES)):
        shown = f"[{host}]" if ":" in str(host) else host
        is_usual = port in {None, 443 if parts.scheme == "https" else 80}
        return f"{parts.scheme}://{shown}" if is_usual else f"{parts.scheme}://{shown}:{port}"
    raise SettingsError(
        "CLARITY_PANEL_ORIGIN must look like https://panel.example.com, with no path (http only on localhost); fix or unset it"
    )


def _is_real(base_url: str) -> bool:
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return host == "clarity.ms" or host.endswith((".clarity.ms", ".microsoft.com"))


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingsError("CLARITY_NOW must be an ISO instant with a zone, such as 2026-11-22T00:05:00Z")
    return instant.astimezone(UTC)


def _number(env: Mapping[str, str], name: str, allowed: tuple[int, int, str], *, unset: int | None = None) -> int | None:
    (least, most, meaning), text = allowed, env.get(name, "").strip()
    if not text or (text == "all" and unset is not None):
        return None if text else unset
    if re.fullmatch(r"[0-9]{1,5}", text) and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{name} must be a number {meaning}")


def _retention(text: str | None) -> bool:
    if (text or "dry-run").strip() in {"dry-run", "on"}:
        return text is not None and text.strip() == "on"
    raise SettingsError("CLARITY_RETENTION must be `dry-run` (only say what would go; the default) or `on` (remove it)")


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]).expanduser().absolute() if env.get(name) else None


def _day(text: str | None) -> date | None:
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
        with suppress(ValueError):
            return date.fromisoformat(text.strip())
    raise SettingsError("CLARITY_PARTITIONS_START must be a date such as 2026-08-01")
