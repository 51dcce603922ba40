"""One alert with all that is known of it, for whoever asks. Called by `pages.alert`.

A client reads what happened, what was said and what it was; who at the agency, to which channels it was told and the agency's
notes are not theirs to know. A page's address and a campaign's name come from strangers: text, never a link.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import answers_of
from clarity_pipeline.alerts.history import evaluation_of
from clarity_pipeline.alerts.inbox import inbox_alert
from clarity_pipeline.alerts.listing import messages_of
from clarity_pipeline.alerts.messages import explanation
from clarity_pipeline.alerts.people import silences_at
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Asker, Viewer, may
from clarity_pipeline.panel.views.alert_chart import Look, chart, highest, looks_of
from clarity_pipeline.panel.views.alert_inbox import AGENCY, PLACE_WORDS, deciding
from clarity_pipeline.panel.views.channel_words import in_browser
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.rules.markers.markers import Marker, markers_of
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.connections import business_config

CHANGED_BEFORE = timedelta(days=14)
"""A change so long before an alert opened may be why."""

_FOR_CLIENTS = ("commented", "closed", "reopened")


def alert_facts(home: Home, asker: Asker, alert_id: str) -> dict[str, Any]:
    """All that the asker may know of an alert that is there: as the page shows it, and the API answers it."""
    now = home.clock()
    with home.state.read() as connection:
        row = connection.execute(sa.select(alerts).where(alerts.c.alert_id == alert_id)).one()
        subject = Subject(row.rule_id, row.business_id, row.scope, row.entity)
        evaluation = evaluation_of(connection, subject, row.last_fired_on)
        shown = inbox_alert(connection, alert_id, now=now)
        silences = [each for each in silences_at(connection, now) if each.covers(subject)]
        history = [each.document() for each in answers_of(connection, alert_id)]
        messages = messages_of(connection, alert_id)
        markers = markers_of(connection, [row.business_id]).get(row.business_id, ())
        looks = looks_of(connection, subject, evaluation.decisive, incident=_incident(row))
        config = business_config.c
        project_id = connection.scalar(sa.select(config.project_id).where(config.business_id == row.business_id))
    facts = explanation.facts(
        evaluation, scope=row.scope, entity=row.entity, entity_name=row.entity_name, incident=_incident(row)
    )
    changes = [each for each in markers if _may_be_why(each, row)]
    quality = evaluation.quality
    return {
        **_seen_by(asker, shown.document()),
        "facts": facts,
        "caveat": explanation.caveat(evaluation),
        "evidence": [leaf.model_dump(mode="json") for leaf in evaluation.evidence],
        "quality": quality.model_dump(mode="json") if quality else None,
        "link": explanation.link(project_id),
        "recordings": explanation.recordings(project_id, row.entity) if row.scope == "url" else None,
        "changes": changes if asker.is_agency else [_without_author(each) for each in changes],
        "looks": looks,
        "history": history if asker.is_agency else [_for_client(each) for each in history if each["action"] in _FOR_CLIENTS],
        "silences": silences if asker.is_agency else [],
        "messages": [{**each, "why": in_browser(each["why"])} if each["why"] else each for each in messages]
        if asker.is_agency
        else [],
    }


def alert_view(home: Home, viewer: Viewer, alert_id: str) -> dict[str, Any]:
    """The context of `alert.html`."""
    facts = alert_facts(home, viewer, alert_id)
    looks: list[Look] = facts["looks"]
    marks = {each.changed_on: each.note for each in facts["changes"]}
    return {
        "alert": facts,
        "place_words": PLACE_WORDS,
        "chart": chart(looks, opened_on=facts["opened_on"], marks=marks),
        "chart_top": highest(looks),
        "tomorrow": home.clock().date() + timedelta(days=1),
        "can_comment": may(viewer, "comment_alert", facts["business_id"]),
        "can_resend": may(viewer, "manage_channels"),
        **deciding(home, viewer),
        "comment": "",
        "problem_in": None,
        "said_in": None,
    }


def _incident(row: Any) -> Incident:
    return Incident(*(getattr(row, name) for name in Incident.__slots__))


def _may_be_why(marker: Marker, row: Any) -> bool:
    is_near = row.opened_on - CHANGED_BEFORE <= marker.changed_on <= row.last_fired_on
    return is_near and (marker.url is None or row.scope != "url" or marker.url == row.entity)


def _seen_by(asker: Asker, document: Mapping[str, Any]) -> dict[str, Any]:
    if asker.is_agency:
        return dict(document)
    hidden = {"acknowledged_by": AGENCY if document["acknowledged_by"] else None, "assigned_to": None, "assignee": None}
    return {**document, **hidden, "closed_by": AGENCY if document["closed_by"] else None}


def _for_client(entry: Mapping[str, Any]) -> dict[str, Any]:
    is_client = entry["author"].startswith("portal:")
    return {
        **entry,
        "author": entry["author"] if is_client else AGENCY,
        "text": entry["text"] if entry["action"] == "commented" else None,
    }


def _without_author(marker: Marker) -> Marker:
    return marker if marker.author.startswith("portal:") else replace(marker, author=AGENCY)
