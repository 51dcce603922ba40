"""From new judgements to changed alerts and the messages about them, history by history.

Used by `record` inside its one write transaction: it reads through the connection what it needs for a sentence,
gathers rows, and writes them at the end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.alert import Alert, Transition, news, settle
from clarity_pipeline.alerts.history import Past, evaluation_of, leaf_memory, replace_rows
from clarity_pipeline.alerts.messages import wording
from clarity_pipeline.alerts.messages.actions import with_recommendations
from clarity_pipeline.alerts.messages.became_normal import BecameNormal, became_normal, days_since
from clarity_pipeline.alerts.messages.message import About, compose
from clarity_pipeline.alerts.outbox.routing import News, Routes, outbox_rows
from clarity_pipeline.rules.engine.ending import ends_when_its_leaves_say_no
from clarity_pipeline.rules.engine.incidents import fold
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.schema.alerts import alerts as alerts_table
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.messages import told as told_table


@dataclass(slots=True)
class Turns:
    """What a run makes of the alerts; `opened` and `resolved` count alerts, told or not."""

    connection: sa.Connection
    past: Past
    routes: Routes = field(kw_only=True)
    now: datetime = field(kw_only=True)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    opened: int = 0
    resolved: int = 0
    messages: int = 0

    def take(self, subject: Subject, days: Mapping[date, Judgement]) -> None:
        """Fold one history with its new days, whose judgements are in the database already."""
        first_news = len(self.news)
        before, known, over = self.past.outcomes.get(subject, {}), self.past.alerts[subject], self.past.over[subject]
        after = {**before, **{day: judgement.evaluation.outcome for day, judgement in days.items()}}
        newest_before, rule = self.past.newest.get(subject), days[max(days)].stored.rule
        is_backfill = newest_before is not None and max(days) < newest_before
        settled = settle(
            tuple(known.values()),
            incidents=fold(
                after,
                for_days=rule.for_days,
                resolve_after_days=rule.calm_days,
                is_over=ends_when_its_leaves_say_no(rule, leaf_memory(self.connection, subject, rule)),
            ),
            told={alert_id: set().union(*self.past.told.get(alert_id, {}).values()) for alert_id in known},
            subject=subject,
            newest=max(after),
            answered=self.past.answered,
        )
        self.dropped |= known.keys() - {alert.alert_id for alert in settled}
        settled, known = (*over.values(), *settled), {**over, **known}
        for alert in settled:
            due = [] if is_backfill else self._due(alert, days[max(days)], newest_before, known.get(alert.alert_id))
            if due or alert != known.get(alert.alert_id) or alert.incident.last_fired_on in days:
                self._turn(alert, days, was=known.get(alert.alert_id), due=due)
        if not is_backfill and not self._is_silenced(subject):
            self.news[first_news:] = self._recommend(self.news[first_news:], settled, days[max(days)])

    def write(self) -> None:
        """Write what was gathered."""
        self.connection.execute(sa.delete(alerts_table).where(alerts_table.c.alert_id.in_(self.dropped)))
        replace_rows(self.connection, alerts_table, self.alerts)
        written = outbox_rows(self.news, routes=self.routes, now=self.now)
        self.messages = len(written.outbox)
        if self.news:
            self.connection.execute(sa.insert(outbox), written.outbox)
            self.connection.execute(sa.insert(told_table), written.told)

    def _due(self, alert: Alert, by: Judgement, newest_before: date | None, was: Alert | None) -> list[tuple[str, Transition]]:
        told, rule = self.past.told.get(alert.alert_id, {}), by.stored.rule
        if self._is_silenced(by.subject):
            return []
        is_quiet = rule.severity == "info" or alert.alert_id in self.past.quiet
        return [
            (channel, transition)
            for channel in self.routes.of(rule, by.business_id)
            for transition in news(
                alert,
                told=told.get(channel, set()),
                newest_before=newest_before,
                fired_before=was.incident.last_fired_on if was else None,
                remind_after_days=None if is_quiet else rule.remind_after_days,
            )
        ]

    def _is_silenced(self, subject: Subject) -> bool:
        return any(each.covers(subject) for each in self.past.silences)

    def _recommend(self, news: Sequence[News], alerts: Sequence[Alert], by: Judgement) -> list[News]:
        return with_recommendations(
            self.connection,
            news,
            alerts=alerts,
            told=self.past.told,
            stored=by.stored,
            subject=by.subject,
            entity_name=by.entity_name,
            routes=self.routes,
            day=by.date,
            now=self.now,
        )

    def _turn(
        self, alert: Alert, days: Mapping[date, Judgement], *, was: Alert | None, due: Collection[tuple[str, Transition]]
    ) -> None:
        by, fired_on = days[max(days)], alert.incident.last_fired_on
        evaluation = days[fired_on].evaluation if fired_on in days else evaluation_of(self.connection, by.subject, fired_on)
        about = self._about(by)
        said = wording.fired(about.business_name, by.stored.rule, evaluation.evidence)
        became = self._became_normal(alert, days)
        said = f"{said} It {became.sentence}." if became else said
        summary = self.past.summaries[alert.alert_id] if alert.is_withdrawn else said
        self.opened += alert.incident.firing_on is not None and (was is None or was.incident.firing_on is None)
        self.resolved += alert.state == "resolved" and (was is None or was.state == "firing")
        self.alerts.append(_alert_row(alert, by, summary=summary))
        for channel, transition in due:
            document = compose(
                alert,
                transition,
                channel=channel,
                stored=by.stored,
                about=about,
                evaluation=evaluation,
                written_at=self.now,
                became=became,
            )
            self.news.append(
                News(channel, alert.alert_id, transition, by.business_id, by.stored.rule.severity, document, by.date)
            )

    def _became_normal(self, alert: Alert, days: Mapping[date, Judgement]) -> BecameNormal | None:
        since, subject = days_since(alert.incident), days[max(days)].subject
        if not since or alert.is_withdrawn:
            return None
        began, *ended = (
            days[day].evaluation if day in days else evaluation_of(self.connection, subject, day)
            for day in (alert.incident.opened_on, *since)
        )
        return became_normal(began, ended)

    def _about(self, by: Judgement) -> About:
        names, projects = self.past.names, self.past.projects
        name = names.get(by.business_id, by.business_id)
        return About(by.subject, name, by.entity_name, projects.get(by.business_id))


def _alert_row(alert: Alert, by: Judgement, *, summary: str) -> dict[str, Any]:
    incident = alert.incident
    return {
        "alert_id": alert.alert_id,
        **by.subject._asdict(),
        "entity_name": by.entity_name,
        "severity": by.stored.rule.severity,
        "state": incident.state,
        "opened_on": incident.opened_on,
        "last_fired_on": incident.last_fired_on,
        "resolved_on": incident.resolved_on,
        "last_evaluated_on": incident.last_evaluated_on,
        "summary": summary,
        "firing_on": incident.firing_on,
        "unknown_since": incident.unknown_since,
    }
