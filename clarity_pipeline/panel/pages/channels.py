"""Channels: who is told of alerts. Added, changed, tested, paused, with what became of each message; for the agency.

What is secret goes in and never comes back: a form that is refused has everything again but that.
"""

from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.alerts.channels.filled_in import changed, fields_of, filled_in, known_kind
from clarity_pipeline.alerts.channels.kinds import KINDS
from clarity_pipeline.alerts.outbox import receipts
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.routing import MODES, SEVERITIES, Mode
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.pages.doors import Text, Ticked
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.channel_words import in_browser, why
from clarity_pipeline.panel.views.channels import channel_view, channels_view, new_channel_view
from clarity_pipeline.panel.views.wording import plural
from clarity_pipeline.panel.web.problems import status_of
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.language.rule import Businesses, Severity

router = APIRouter(include_in_schema=False, dependencies=[guard("manage_channels")])

_FIELD = "f_"
_CARDS = ("fares", "change", "log")


async def _filled(request: Request) -> dict[str, Any]:
    """The fields of a kind, by name; several lines are several values where the kind takes such."""
    form = await request.form()
    found = {name.removeprefix(_FIELD): str(value) for name, value in form.items() if name.startswith(_FIELD)}
    for value in found.values():
        value.encode()
    return found


Filled = Annotated[dict[str, Any], Depends(_filled)]


@router.get("/channels")
def channels_page(request: Request, panel: ThePanel) -> Response:
    """All of them, how each fares, and the kinds of which one can be added."""
    return render(request, "channels.html", **channels_view(panel.home))


@router.get("/new-channel/{kind}")
def new_page(request: Request, panel: ThePanel, kind: str) -> Response:
    """The form of a kind."""
    return render(request, "new_channel.html", **new_channel_view(panel.home, known_kind(kind)))


@router.post("/new-channel/{kind}")
def add(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    kind: str,
    filled: Filled,
    businesses: Ticked,
    channel_id: Text = "",
    min_severity: Text = "info",
    mode: Text = "digest",
    which: Text = "",
) -> Response:
    """Store a new one; a signing secret that was made up is shown this once, and is in no redirect."""
    known, store = known_kind(kind), open_channels(panel.home)
    try:
        store.refuse_id(channel_id)
        config, shown = filled_in(known, _lines(known, filled), allowed=panel.home.settings.webhook_allow)
        heard = _heard(panel, which, businesses)
        store.add(
            channel_id,
            config,
            businesses=heard,
            min_severity=_severity(min_severity),
            mode=_mode(mode),
            actor=viewer.actor,
        )
    except ClarityPipelineError as error:
        options = {name: filled.get(name, "") for name in fields_of(known)[0]}
        again = {"channel_id": channel_id[:63], "min_severity": min_severity, "mode": mode, "chosen": tuple(businesses)}
        view = new_channel_view(panel.home, known, options) | again | {"hears_all": which == "all", "problem": _said(error)}
        return render(request, "new_channel.html", status=status_of(error), **view)
    if shown is not None:
        return render(request, "channel.html", **channel_view(panel.home, channel_id) | {"shown_once": shown})
    return see_other(request, f"/channels/{channel_id}", notice="Added. A test sends it one real message.")


@router.get("/channels/{channel_id}")
def channel_page(request: Request, panel: ThePanel, channel_id: str, ask: str = "", at: str = "fares") -> Response:
    """One channel: how it fares, its log, its form."""
    given = {"asks_arrival": ask == "arrived", "said_in": at if at in _CARDS else "fares"}
    view = channel_view(panel.home, _slug(panel, channel_id)) | given
    return render(request, "channel.html", **view)


@router.post("/channels/{channel_id}")
def change(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    channel_id: str,
    filled: Filled,
    businesses: Ticked,
    do: Text = "",
    min_severity: Text = "info",
    mode: Text = "digest",
    which: Text = "",
) -> Response:
    """Change it, pause or resume it, put back what was given up, say whether a test arrived, or remove it."""
    store = open_channels(panel.home)
    here, stored = f"/channels/{channel_id}", store.get(_slug(panel, channel_id))
    try:
        match do:
            case "save":
                given = _lines(stored.kind, filled)
                config = changed(stored.kind, store.config_of(stored), given, allowed=panel.home.settings.webhook_allow)
                heard, severity, how = _heard(panel, which, businesses), _severity(min_severity), _mode(mode)
                store.update(channel_id, config=config, businesses=heard, min_severity=severity, mode=how, actor=viewer.actor)
                here += "?at=change"
                said = "Saved. What waits for it is tried again at once."
            case "pause":
                store.disable(channel_id, actor=viewer.actor)
                said = "Paused: it is told nothing, and what waited for it is given up."
            case "resume":
                store.enable(channel_id, actor=viewer.actor)
                said = "It is told again. What it missed can be put back below."
            case "resend":
                many = receipts.resend_dead(panel.home.state, channel=channel_id, now=panel.clock())
                here += "?at=log"
                said = f"{plural(many, 'message')} put back, for the next delivery."
            case "arrived" | "not_arrived":
                store.tested(channel_id, arrived=do == "arrived")
                said = "Good." if do == "arrived" else "Noted: it was taken and did not arrive."
            case "remove":
                store.remove(channel_id, actor=viewer.actor)
                return see_other(request, "/channels", notice=f"{channel_id} is removed; its address and secrets are gone.")
            case _:
                raise NobodyHeard("choose what to do with it")
    except ClarityPipelineError as error:
        view = channel_view(panel.home, channel_id) | {"problem": _said(error), "problem_in": do}
        return render(request, "channel.html", status=status_of(error), **view)
    return see_other(request, here, notice=said)


@router.post("/channels/{channel_id}/test")
async def test(request: Request, panel: ThePanel, channel_id: str) -> Response:
    """Send one real message, and say what came of it; where taken is not yet arrived, ask whether it did."""
    await run_in_threadpool(_slug, panel, channel_id)
    try:
        code = await panel.channel_trials.send(channel_id)
    except ClarityPipelineError as error:
        return await run_in_threadpool(_refused_test, request, panel, channel_id, _said(error), status_of(error))
    if code is not None:
        return await run_in_threadpool(_refused_test, request, panel, channel_id, f"Not delivered: {why(code)}.", 422)
    stored = await run_in_threadpool(open_channels(panel.home).get, channel_id)
    asks = KINDS[stored.kind].where_to_look is not None
    said = "The receiver took the test message; taken is not yet arrived." if asks else "The receiver took the test message."
    return await run_in_threadpool(see_other, request, f"/channels/{channel_id}{'?ask=arrived' if asks else ''}", notice=said)


@router.get("/channels/{channel_id}/test")
def back_to_it(request: Request, panel: ThePanel, channel_id: str) -> Response:
    """Where a reload leads after a test that was refused."""
    return see_other(request, f"/channels/{_slug(panel, channel_id)}")


def _refused_test(request: Request, panel: Panel, channel_id: str, problem: str, status: int) -> Response:
    view = channel_view(panel.home, channel_id) | {"problem": problem, "problem_in": "test"}
    return render(request, "channel.html", status=status, **view)


def _slug(panel: Panel, channel_id: str) -> str:
    """The id of a channel that is there; asked before a form is looked at."""
    known = {each.channel_id for each in open_channels(panel.home).all()}
    return channel_id if channel_id in known else open_channels(panel.home).get("").channel_id


def _lines(kind: str, filled: Mapping[str, Any]) -> dict[str, Any]:
    options, _ = fields_of(kind)
    return {
        name: value.replace(",", "\n").splitlines() if name in options and options[name].is_repeated else value
        for name, value in filled.items()
    }


def _heard(panel: Panel, which: str, businesses: list[str]) -> Businesses:
    if which == "all":
        return "all"
    for each in businesses:
        panel.home.connections.get(each)
    if not businesses:
        raise NobodyHeard("choose of which businesses it is told, or all of them")
    return cast("Businesses", tuple(businesses))


class NobodyHeard(ClarityPipelineError):
    """A channel that would be told of nothing."""

    reason = "invalid_channel"


def _severity(text: str) -> Severity:
    return next((each for each in SEVERITIES if each == text), "info")


def _mode(text: str) -> Mode:
    return next((each for each in MODES if each == text), "digest")


def _said(error: ClarityPipelineError) -> str:
    text = in_browser(str(error))
    return f"{text[:1].upper()}{text[1:]}."
