"""What a deployment says of itself, read as a change to mark: GitHub's payloads of deployments and releases, or plain JSON.

Called by `panel.api.deployments`. Pure. The kind of payload is told by its shape, so that a workflow can send the file of its
own event. Only what visitors came to see is a change: a deployment that failed, a preview, a draft and a prerelease mark nothing.
What is told twice (GitHub sends several events of one release, and of one deployment) makes the same marker, and one is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clarity_pipeline.rules.markers.markers import LONGEST_NOTE, InvalidMarker

_LIVE = frozenset({"", "live", "prod", "production"})
"""Names of environments that visitors see, in lower case; GitHub says it itself where it knows (`production_environment`)."""

_LONGEST_NAME = 80
"""Of what a payload calls something, in a note."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A change to mark: of the page `url`, or of the whole site."""

    at: datetime
    note: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class NotDeployed:
    """A payload that was understood and marks nothing; `why` is a sentence."""

    why: str


def deployment_of(payload: Mapping[str, Any], *, now: datetime) -> Deployed | NotDeployed:
    """Raises `InvalidMarker` for what is neither GitHub's nor `{note, at?, url?}`."""
    if isinstance(payload.get("release"), Mapping):
        return _release(payload, payload["release"], now=now)
    if isinstance(payload.get("deployment"), Mapping):
        return _deployment(payload, payload["deployment"], now=now)
    if "zen" in payload and "hook_id" in payload:
        return NotDeployed("A ping: this address is right, and nothing was deployed.")
    return _plain(payload, now=now)


def _release(payload: Mapping[str, Any], release: Mapping[str, Any], *, now: datetime) -> Deployed | NotDeployed:
    if _text(payload, "action") not in {"", "published", "released"}:
        return NotDeployed("Only a release that is published is a change.")
    if release.get("draft") is True or release.get("prerelease") is True:
        return NotDeployed("A draft or a prerelease is no change that visitors see.")
    named = _text(release, "tag_name") or _text(release, "name")
    return Deployed(_at(release, "published_at", now=now), _note(f"Release {named}{_of(payload)}"))


def _deployment(payload: Mapping[str, Any], deployment: Mapping[str, Any], *, now: datetime) -> Deployed | NotDeployed:
    status = payload.get("deployment_status")
    if isinstance(status, Mapping) and _text(status, "state") != "success":
        return NotDeployed("Only a deployment that succeeded is a change.")
    environment, is_live = _text(deployment, "environment"), deployment.get("production_environment")
    if not (is_live if isinstance(is_live, bool) else environment.lower() in _LIVE):
        return NotDeployed("A deployment to another environment than production is no change that visitors see.")
    what = " ".join(filter(None, [_text(deployment, "ref"), _text(deployment, "sha")[:7]]))
    return Deployed(_at(deployment, "created_at", now=now), _note(f"Deployed {what}{_of(payload)}"))


def _plain(payload: Mapping[str, Any], *, now: datetime) -> Deployed:
    note, url = payload.get("note"), payload.get("url")
    if not isinstance(note, str):
        raise InvalidMarker("say what was changed as `note`, or send the payload of a GitHub deployment or release", field="note")
    if not isinstance(url, str | None):
        raise InvalidMarker("`url` is the whole address of a page as text; left out, the whole site was changed", field="url")
    if unknown := payload.keys() - {"note", "at", "url"}:
        raise InvalidMarker(f"only `note`, `at` and `url` are known; leave out the other {len(unknown)}", field="note")
    if payload.get("at") is None:
        return Deployed(now, note, url)
    return Deployed(_instant(payload["at"]), note, url)


def _at(of: Mapping[str, Any], name: str, *, now: datetime) -> datetime:
    return now if of.get(name) is None else _instant(of[name])


def _instant(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found
    except (TypeError, ValueError, OverflowError):
        raise InvalidMarker("the instant of a change is written such as 2026-11-20T14:30:00Z", field="at") from None


def _of(payload: Mapping[str, Any]) -> str:
    repository = payload.get("repository")
    named = _text(repository, "full_name") if isinstance(repository, Mapping) else ""
    return f" of {named}" if named else ""


def _text(of: Mapping[str, Any], name: str) -> str:
    """One line of what can be seen, short; empty for whatever is no text."""
    value = of.get(name)
    seen = "".join(each if each.isprintable() else " " for each in value) if isinstance(value, str) else ""
    return " ".join(seen.split())[:_LONGEST_NAME]


def _note(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NOTE]
