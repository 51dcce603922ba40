"""What one variable of the environment says: each is read, or refused by its name with what it must look like."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from clarity_pipeline.errors import ClarityPipelineError

REAL_CLARITY = "https://www.clarity.ms"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_ONE_WORD = re.compile(r"[!-\[\]-~]+")  # no backslash, which some readers take for a slash


class SettingsError(ClarityPipelineError):
    """A `CLARITY_*` variable holds something that cannot be used."""

    reason = "bad_settings"


def refuse_examples(env: Mapping[str, str]) -> None:
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


def hooks(text: str | None) -> frozenset[str]:
    """Hosts, or ports of them, that webhooks may reach although they are internal; written as `hook_place` does."""
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


def clarity_address(text: str) -> str:
    """Each call carries a token, which plain http would show to everybody on the way."""
    url, name = base_url(text), "CLARITY_API_BASE_URL"
    host = urlsplit(url).hostname or ""
    if url.startswith("http:") and host not in LOOPBACK_NAMES and not re.fullmatch(r"127(\.\d{1,3}){3}", host):
        raise SettingsError(f"{name} is plain http to another machine, where tokens could be read on the way: give https://")
    return url


def base_url(text: str, *, name: str = "CLARITY_API_BASE_URL", example: str = REAL_CLARITY) -> str:
    """What is given is not said again: user information is a password."""
    parts, host, port = _split(text.strip())
    is_url = parts.scheme in {"http", "https"} and host and port != 0
    if not is_url or not _ONE_WORD.fullmatch(text.strip()) or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"{name} must look like {example}, with no user, password or query; fix or unset it")
    return f"{parts.scheme}{text.strip()[len(parts.scheme) :]}".rstrip("/")


def origin(text: str | None) -> str | None:
    """Scheme, host and port that browsers see, without a port that its scheme implies."""
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


def is_real_clarity(base_url: str) -> bool:
    """Whether an address is of Microsoft, where each call is counted."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return host == "clarity.ms" or host.endswith((".clarity.ms", ".microsoft.com"))


def instant(text: str | None) -> datetime | None:
    """An ISO instant with a zone, in UTC."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingsError("CLARITY_NOW must be an ISO instant with a zone, such as 2026-11-22T00:05:00Z")
    return instant.astimezone(UTC)


def whole_number(env: Mapping[str, str], name: str, allowed: tuple[int, int, str], *, unset: int | None = None) -> int | None:
    """A number within what is allowed; `all` is None where something else is meant when it is unset."""
    (least, most, meaning), text = allowed, env.get(name, "").strip()
    if not text or (text == "all" and unset is not None):
        return None if text else unset
    if re.fullmatch(r"[0-9]{1,5}", text) and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{name} must be a number {meaning}")


def vault_keys(text: str | None) -> tuple[str, ...]:
    """Keys that seal the vault; one that is none is named by its place, never shown."""
    keys = tuple(key.strip() for key in (text or "").split(",") if key.strip())
    for place, key in enumerate(keys, start=1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key):
            raise SettingsError(
                f"key {place} of {len(keys)} in CLARITY_VAULT_KEYS is no key (44 characters of URL-safe base64): restore it from"
                " where you keep it; `openssl rand -base64 32 | tr '+/' '-_'` makes a new one"
            )
    return keys


def retention_removes(text: str | None) -> bool:
    """Whether CLARITY_RETENTION says that what is past its retention goes."""
    if (text or "dry-run").strip() in {"dry-run", "on"}:
        return text is not None and text.strip() == "on"
    raise SettingsError("CLARITY_RETENTION must be `dry-run` (only say what would go; the default) or `on` (remove it)")


def path(env: Mapping[str, str], name: str) -> Path | None:
    """A folder, `~` resolved."""
    return Path(env[name]).expanduser().absolute() if env.get(name) else None


def day(text: str | None) -> date | None:
    """A date in ISO form."""
    if not text:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
        with suppress(ValueError):
            return date.fromisoformat(text.strip())
    raise SettingsError("CLARITY_PARTITIONS_START must be a date such as 2026-08-01")
