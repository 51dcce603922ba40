"""The rule builder: a form made from the rules' own schema, which every button sends whole; nothing is kept until it is saved.

GET and POST share each address, so that a reload of what a form answered shows the form. For the agency: a rule may be meant for
businesses of other clients, and goes to channels that are the agency's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.rule_builder import builder_view
from clarity_pipeline.panel.views.rule_draft import SOME, Checked, Draft, changed, focus_after, new_draft, of_form, of_rule
from clarity_pipeline.panel.views.rule_lookup import stored_rule
from clarity_pipeline.panel.views.rule_page import past
from clarity_pipeline.panel.views.transliteration import short_name_of
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.book.rule_store import RuleChanged, StoredRule, save_rule
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule_files import RulesInvalid, read_rules

router = APIRouter(include_in_schema=False)

_MOST_FIELDS = 2000
_TRIES = ("look", "past")
"""Buttons that try the rule; it needs no name for that."""
"""Fifty leaves of ten fields, and names of businesses that are ticked."""


async def _sent(request: Request) -> FormData:
    """The whole form; texts that no encoding can say are refused."""
    form = await request.form(max_fields=_MOST_FIELDS, max_files=0)
    try:
        for name, value in form.multi_items():
            f"{name}{value}".encode()
    except UnicodeEncodeError:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from None
    return form


Sent = Annotated[FormData, Depends(_sent)]


@dataclass(frozen=True, slots=True)
class _At:
    """Where a builder stands: a new rule of a business, or the revision of one that is changed."""

    business_id: str
    stored: StoredRule | None = None

    @property
    def path(self) -> str:
        if self.stored is None:
            return f"/businesses/{self.business_id}/rules/build/new"
        return f"/businesses/{self.business_id}/rules/{self.stored.rule.id}/edit"

    @property
    def rules(self) -> str:
        return f"/businesses/{self.business_id}/rules"


@router.get("/businesses/{business_id}/rules/build/new", dependencies=[guard("write_rules")])
def new_rule(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, ready: str = "") -> Response:
    """An empty form, or one that begins with a ready rule."""
    panel.home.connections.get(business_id)
    draft = new_draft(business_id)
    found = next((each.rule for each in library() if each.rule.id == ready), None)
    if found is not None:
        draft = of_rule(found.model_copy(update={"enabled": True, "businesses": (business_id,)}))
    is_touched = found is not None
    return _page(request, panel, viewer, _At(business_id), draft, Checked(None, {}) if not is_touched else draft.check())


@router.post("/businesses/{business_id}/rules/build/new", dependencies=[guard("write_rules")])
def build_new_rule(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, sent: Sent) -> Response:
    """Whatever button was pressed."""
    panel.home.connections.get(business_id)
    return _built(request, panel, viewer, _At(business_id), sent)


@router.get("/businesses/{business_id}/rules/{rule_id}/edit", dependencies=[guard("write_rules")])
def edit_rule(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, rule_id: str) -> Response:
    """The form of a rule that is stored."""
    stored = stored_rule(panel, viewer, business_id, rule_id)
    draft = of_rule(stored.rule)
    return _page(request, panel, viewer, _At(business_id, stored), draft, draft.check())


@router.post("/businesses/{business_id}/rules/{rule_id}/edit", dependencies=[guard("write_rules")])
def build_rule(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, rule_id: str, sent: Sent) -> Response:
    """Whatever button was pressed."""
    return _built(request, panel, viewer, _At(business_id, stored_rule(panel, viewer, business_id, rule_id)), sent)


def _built(request: Request, panel: Panel, viewer: Viewer, at: _At, sent: FormData) -> Response:
    form = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    do = form.get("do", "")
    listed = {name: [str(each) for each in sent.getlist(name)] for name in SOME}
    draft = of_form(form, listed)
    if do == "read":
        return _read(request, panel, viewer, at, draft, form.get("yaml", ""))
    focus = focus_after(draft, do)
    draft = _with_id(changed(draft, do, form), at)
    if do == "tick":
        draft, focus = _with_group(panel, draft, form.get("group", "")), "businesses-of-group"
    checked = draft.check()
    if do != "save" or checked.rule is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if do == "save" else HTTPStatus.OK
        cannot_be_tried = do in _TRIES and draft.named().check().rule is None
        if cannot_be_tried:
            checked = draft.named().check()
        return _page(
            request,
            panel,
            viewer,
            at,
            draft,
            checked,
            status=status,
            focus="" if cannot_be_tried else focus,
            is_pressed=do == "save" or cannot_be_tried,
            is_tried=do == "past",
            wanted="tried" if cannot_be_tried else "saved",
        )
    revision = form.get("revision", "")
    try:
        change = save_rule(
            panel.home.state,
            checked.rule,
            revision=int(revision) if revision.isdecimal() and at.stored and len(revision) < 10 else None,
            clock=panel.clock,
            actor=viewer.actor,
            author=viewer.actor,
        )
    except ClarityPipelineError as error:
        said = Checked(checked.rule, {getattr(error, "field", ""): f"{str(error)[:1].upper()}{str(error)[1:]}."})
        status = HTTPStatus.CONFLICT if isinstance(error, RuleChanged) else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, panel, viewer, at, draft, said, status=status, is_pressed=True)
    words = {"added": "The rule is stored", "unchanged": "Nothing has changed"}.get(change.turn, "The change is stored")
    on = "it is asked with the next daily sync." if checked.rule.enabled else "it is switched off, and asked by nobody."
    return see_other(request, at.rules, notice=f"{words}; {on}")


def _read(request: Request, panel: Panel, viewer: Viewer, at: _At, draft: Draft, text: str) -> Response:
    """The form filled from YAML; what cannot be read stays in its field, with the problems."""
    try:
        rules = read_rules(text, source="this text")
        if len(rules) != 1:
            raise RulesInvalid(["This text has several rules: import them together, by As YAML under Rules"])
    except RulesInvalid as error:
        return _page(
            request,
            panel,
            viewer,
            at,
            draft,
            draft.check(),
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            typed=text,
            unread=error.problems,
        )
    found = of_rule(rules[0])
    if at.stored is not None:
        found = replace(found, values={**found.values, "id": at.stored.rule.id})
    return _page(request, panel, viewer, at, found, found.check())


def _with_group(panel: Panel, draft: Draft, group_id: str) -> Draft:
    """With the businesses of a group ticked too, and "every business" no longer; one that was removed meanwhile ticks nobody."""
    members = next((each.business_ids for each in panel.home.groups.all() if each.group_id == group_id), ())
    if not members:
        return draft
    ticked = tuple(dict.fromkeys((*(draft.some["businesses"] or ()), *members)))
    return replace(draft, some={**draft.some, "businesses": ticked})


def _with_id(draft: Draft, at: _At) -> Draft:
    """A rule that is stored keeps its short name; a new one without any gets one from its name."""
    if at.stored is not None:
        return replace(draft, values={**draft.values, "id": at.stored.rule.id})
    typed, name = draft.values["id"].strip(), draft.values["name"]
    return replace(draft, values={**draft.values, "id": typed or (short_name_of(name) or "rule" if name.strip() else "")})


def _page(
    request: Request,
    panel: Panel,
    viewer: Viewer,
    at: _At,
    draft: Draft,
    checked: Checked,
    *,
    status: int = HTTPStatus.OK,
    is_pressed: bool = False,
    is_tried: bool = False,
    wanted: str = "saved",
    focus: str = "",
    typed: str | None = None,
    unread: tuple[str, ...] = (),
) -> Response:
    names = {each.business_id: each.name for each in panel.home.connections.all()}
    if not is_pressed:
        checked = checked.so_far()
    view: dict[str, Any] = builder_view(draft, checked, trials=panel.trials, business_id=at.business_id, names=names)
    return render(
        request,
        "rule_builder.html",
        status=status,
        at=at,
        names=names,
        groups=[each for each in panel.home.groups.all() if each.business_ids],
        channels=_channels(panel, view["some"]["channels"] or ()),
        is_pressed=is_pressed,
        wanted=wanted,
        past=past(panel, view["rule"], at.business_id) if is_tried and view["rule"] else None,
        focus=focus or (view["first_problem"] if is_pressed else ""),
        typed=typed,
        unread=unread,
        **view,
        **place_view(panel.home, viewer, at.business_id),
    )


def _channels(panel: Panel, named: tuple[str, ...]) -> Mapping[str, str]:
    """Every channel by its id, and those that a rule names and nobody has set up."""
    found = {each.channel_id: each.kind for each in panel.channels.all()}
    return found | {each: "not set up" for each in named if each not in found}
