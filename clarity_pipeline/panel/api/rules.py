"""Rules as JSON: read at both doors, written by the agency; by the same functions as in the pages of the panel."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import ValidationError

from clarity_pipeline.panel.access.guard import Asking, SignedIn
from clarity_pipeline.panel.access.policy import Asker
from clarity_pipeline.panel.api import rule_documents as doc
from clarity_pipeline.panel.api.businesses import BusinessId
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.rule_gallery import gallery, own_of
from clarity_pipeline.panel.views.rule_lookup import rule_at, rules_seen, sees_all, stored_rule
from clarity_pipeline.panel.views.rule_page import as_seen
from clarity_pipeline.rules.backtest.preview import Preview
from clarity_pipeline.rules.book.recorded import recorded
from clarity_pipeline.rules.book.rule_revisions import restore_rule as restored
from clarity_pipeline.rules.book.rule_revisions import revisions_of
from clarity_pipeline.rules.book.rule_store import StoredRule, list_rules, save_rule
from clarity_pipeline.rules.book.rule_use import NobodyChosen, leave_rule, use_rules
from clarity_pipeline.rules.language.rule import Businesses, Rule
from clarity_pipeline.rules.language.rule_files import RulesInvalid, explain, read_rules, write_rules
from clarity_pipeline.rules.language.schema_for_editors import rules_schema
from clarity_pipeline.rules.language.sentence import sentence

RuleId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The rule's id.")]
Days = Annotated[int, Query(ge=1, le=366, description="How many UTC dates, the last one yesterday.")]


def list_rules_of_business(panel: ThePanel, asker: Asking, business_id: BusinessId) -> list[doc.ListedRule]:
    """The rules that are meant for the business; to a client those that are on."""
    return [doc.ListedRule(**_listed(each, asker, business_id)) for each in rules_seen(panel, asker, business_id)]


def get_rule(panel: ThePanel, asker: Asking, business_id: BusinessId, rule_id: RuleId) -> doc.FullRule:
    """One rule, with its document and its YAML for whoever sees all businesses."""
    return _full(stored_rule(panel, asker, business_id, rule_id), asker, business_id)


def get_why(panel: ThePanel, asker: Asking, business_id: BusinessId, rule_id: RuleId, day: date | None = None) -> doc.Why:
    """What the rule says of a date (yesterday), and why: every leaf with its value, normal, limit and number of visits."""
    rule = stored_rule(panel, asker, business_id, rule_id).rule
    on = _past(panel, day)
    with panel.home.state.read() as connection:
        found = recorded(connection, rule_id, business_id, on)
    if found:
        answers = [_answer(each.entity, each.entity_name, each.evaluation) for each in found]
        return doc.Why(day=on, recorded=True, answers=answers)
    return doc.Why(**_previewed(panel, rule, business_id, on))


def get_backtest(panel: ThePanel, asker: Asking, business_id: BusinessId, rule_id: RuleId, days: Days = 90) -> doc.RuleBacktest:
    """What a rule (of the business, or for the agency a ready one) would have said; nothing is recorded or sent."""
    _, rule = rule_at(panel, asker, business_id, rule_id)
    to_date = panel.home.yesterday()
    replayed = panel.trials.replay([rule], business_id, from_date=to_date - timedelta(days=days - 1), to_date=to_date)
    own = own_of(replayed, rule)
    incidents = [
        doc.TriedIncident(
            entity=subject.entity,
            entity_name=found.entity_name,
            opened_on=each.opened_on,
            resolved_on=each.resolved_on,
            last_fired_on=each.last_fired_on,
        )
        for subject, found in replayed.results.items()
        for each in found.incidents
    ]
    return doc.RuleBacktest(
        from_date=replayed.from_date,
        to_date=to_date,
        days_with_data=own.days_with_data,
        subjects=own.subjects,
        fired_days=own.fired_days,
        unknown_share=own.unknown_share,
        messages=own.messages,
        incidents=incidents,
    )


def preview_rule(panel: ThePanel, business_id: BusinessId, body: doc.GivenRule) -> doc.Previewed:
    """What a rule that is not stored would say of yesterday; nothing is recorded or sent."""
    panel.home.connections.get(business_id)
    rule = _given(body)
    return doc.Previewed(**_previewed(panel, rule, business_id, panel.home.yesterday()), sentence=sentence(rule))


def add_rule(panel: ThePanel, viewer: SignedIn, business_id: BusinessId, body: doc.GivenRule) -> doc.FullRule:
    """Store a new rule."""
    panel.home.connections.get(business_id)
    rule = _given(body)
    _save(panel, viewer, rule, None)
    return _full(_stored(panel, rule.id), viewer, business_id)


def change_rule(
    panel: ThePanel, viewer: SignedIn, business_id: BusinessId, rule_id: RuleId, body: doc.ChangedRule
) -> doc.FullRule:
    """Store what a rule becomes; refused where somebody has changed it since `revision`."""
    stored_rule(panel, viewer, business_id, rule_id)
    rule = _given(body)
    if rule.id != rule_id:
        raise RulesInvalid(["the id of a rule is never changed; store it as a new one"])
    _save(panel, viewer, rule, body.revision)
    return _full(_stored(panel, rule_id), viewer, business_id)


def enable_rule(
    panel: ThePanel, viewer: SignedIn, business_id: BusinessId, rule_id: RuleId, body: doc.ForWhom | None = None
) -> doc.FullRule:
    """Switch a stored or a ready rule on for the business, for those that are named, for a group, or for all."""
    _, rule = rule_at(panel, viewer, business_id, rule_id)
    given = body.businesses if body else None
    if body and body.group is not None and given != "all":
        given = [*(given or ()), *panel.home.groups.businesses_of([body.group])]
    meant: Businesses = (business_id,) if given is None else "all" if given == "all" else tuple(dict.fromkeys(given))
    known = {each.business_id for each in panel.home.connections.all()}
    if meant != "all" and not known.issuperset(meant):
        raise NobodyChosen("one of these businesses is not connected; name those that are")
    use_rules(panel.home.state, [rule], businesses=meant, clock=panel.clock, actor=viewer.actor, author=viewer.actor)
    return _full(_stored(panel, rule_id), viewer, business_id)


def disable_rule(panel: ThePanel, viewer: SignedIn, business_id: BusinessId, rule_id: RuleId) -> doc.FullRule:
    """Switch a rule off for the business; others keep it."""
    stored_rule(panel, viewer, business_id, rule_id)
    every = [each.business_id for each in panel.home.connections.all()]
    who = viewer.actor
    leave_rule(panel.home.state, rule_id, business_id=business_id, every=every, clock=panel.clock, actor=who, author=who)
    return _full(_stored(panel, rule_id), viewer, business_id)


def list_revisions(panel: ThePanel, viewer: SignedIn, business_id: BusinessId, rule_id: RuleId) -> list[doc.RuleRevision]:
    """How a rule was, newest first."""
    stored_rule(panel, viewer, business_id, rule_id)
    return [
        doc.RuleRevision(
            revision=each.revision,
            at=each.at,
            author=each.author,
            document=dict(each.document),
            changed=[change.path for change in each.fields],
        )
        for each in revisions_of(panel.home.state, rule_id)
    ]


def restore_rule(panel: ThePanel, viewer: SignedIn, business_id: BusinessId, rule_id: RuleId, body: doc.Restored) -> doc.FullRule:
    """Make a rule what it was."""
    stored_rule(panel, viewer, business_id, rule_id)
    earlier = {"revision": body.revision, "present": body.present}
    restored(panel.home.state, rule_id, **earlier, clock=panel.clock, actor=viewer.actor, author=viewer.actor)
    return _full(_stored(panel, rule_id), viewer, business_id)


def list_ready_rules(panel: ThePanel, business_id: BusinessId) -> list[doc.ReadyRule]:
    """The rules that come with the package, with what each would have said here."""
    panel.home.connections.get(business_id)
    return [
        doc.ReadyRule(
            rule_id=each.rule.id,
            name=each.rule.name,
            about=each.about,
            sentence=each.sentence,
            needs=each.needs,
            false_alarms=each.measured,
            past=each.own.words if each.own else None,
            enabled=each.is_on,
        )
        for each in gallery(panel.home, panel.trials, business_id).cards
    ]


def get_rules_schema() -> dict[str, Any]:
    """The JSON Schema of a rules file."""
    return rules_schema()


def _given(body: doc.GivenRule) -> Rule:
    if (body.rule is None) == (body.yaml is None):
        raise RulesInvalid(["give one rule, as `rule` or as `yaml`"])
    if body.yaml is not None:
        found = read_rules(body.yaml, source="yaml")
        if len(found) != 1:
            raise RulesInvalid(["give one rule at a time"])
        return found[0]
    try:
        return Rule.model_validate(body.rule)
    except ValidationError as error:
        raise RulesInvalid(list(explain(error))) from None


def _save(panel: Panel, viewer: SignedIn, rule: Rule, revision: int | None) -> None:
    save_rule(panel.home.state, rule, revision=revision, clock=panel.clock, actor=viewer.actor, author=viewer.actor)


def _stored(panel: Panel, rule_id: str) -> StoredRule:
    with panel.home.state.read() as connection:
        return next(each for each in list_rules(connection) if each.rule.id == rule_id)


def _listed(stored: StoredRule, asker: Asker, business_id: str) -> dict[str, Any]:
    rule = stored.rule
    return {
        "rule_id": rule.id,
        "name": rule.name,
        "description": rule.description,
        "severity": rule.severity,
        "action": rule.action,
        "scope": rule.scope,
        "enabled": rule.concerns(business_id),
        "sentence": sentence(as_seen(rule, business_id, is_agency=sees_all(asker))),
        "revision": stored.revision,
    }


def _full(stored: StoredRule, asker: Asker, business_id: str) -> doc.FullRule:
    more: dict[str, Any] = {}
    if sees_all(asker):
        more = {"document": stored.rule.document(), "yaml": write_rules([stored.rule])}
        more |= {"author": stored.author, "updated_at": stored.updated_at}
    return doc.FullRule(**_listed(stored, asker, business_id), **more)


def _past(panel: Panel, day: date | None) -> date:
    yesterday = panel.home.yesterday()
    return yesterday if day is None or day.year < 2001 else min(day, yesterday)


def _previewed(panel: Panel, rule: Rule, business_id: str, on: date) -> dict[str, Any]:
    found = panel.trials.preview([rule], business_id, day=on)
    return {"day": on, "recorded": False, "answers": [_of_preview(each) for each in found.found], "nobody": found.nobody}


def _of_preview(one: Preview) -> doc.RuleAnswer:
    answer = _answer(one.judgement.entity, one.judgement.entity_name, one.judgement.evaluation)
    return answer.model_copy(update={"nearness": None if one.miss is None else one.miss.share})


def _answer(entity: str, entity_name: str | None, evaluation: Any) -> doc.RuleAnswer:
    return doc.RuleAnswer(
        entity=entity,
        entity_name=entity_name,
        outcome=evaluation.outcome,
        reason=evaluation.reason,
        evidence=list(evaluation.evidence),
        quality=evaluation.quality,
    )
